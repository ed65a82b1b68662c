import type { Month } from '../domain/month.ts';
import type { BuiltParts, PartFile, ReadablePart, WrittenPart } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { type PartWriter, partOfFiles } from './part-writer.ts';
import { parquet, selectFiles, type TypedColumn } from './staged-sql.ts';

/** A part of more files is written anew as one: each file costs its readers a little. */
const mostFiles = 12;

export interface PatchTools {
  readonly engine: DuckDbEngine;
  readonly writer: PartWriter;
}

export interface Patch {
  readonly columns: readonly TypedColumn[];
  readonly monthOf: string | undefined;
  /** Column that says what a row belongs to: a scope, a person. */
  readonly key: string;
  /** Parts as they are: all that may hold rows of touched keys. */
  readonly old: readonly ReadablePart[];
  /** Relation with the touched keys. */
  readonly touched: string;
  /** Table with the rows of touched keys as they are now. */
  readonly fresh: string;
  /** Files with rows of touched keys, where they are known. */
  readonly hit?: ReadonlySet<string>;
}

/**
 * Puts new rows of touched keys in the place of their old ones. A file without such rows stays as it is, and what is new
 * lies beside it: a day then costs its own rows, not those of its month.
 */
export async function patchParts({ engine, writer }: PatchTools, patch: Patch): Promise<BuiltParts> {
  const hit = patch.hit ?? (await filesWithTouchedRows(engine, patch));
  const fresh = await monthsOfFresh(engine, patch);
  const stale = patch.old.filter(({ month, paths }) => fresh.has(month) || paths.some((path) => hit.has(path)));
  const staying = new Map(stale.map((part) => [part.month, fresh.has(part.month) ? filesLeftAlone(part, hit) : []]));
  const left = new Set([...staying.values()].flatMap((files) => files.map(({ path }) => path)));
  const rewritten = stale.flatMap(({ paths }) => paths).filter((path) => !left.has(path));
  const untouched = `from (${selectFiles(patch.columns, rewritten)}) anti join ${patch.touched} using (${patch.key})`;
  const sql = `${untouched} union all from ${patch.fresh}`;
  const written = await writer.write({ sql, columns: patch.columns, monthOf: patch.monthOf });
  const months = [...new Set([...stale.map(({ month }) => month), ...fresh])];
  return { months, parts: written.map((part) => beside(staying.get(part.month) ?? [], part, patch.columns)) };
}

async function filesWithTouchedRows(engine: DuckDbEngine, { key, old, touched }: Patch): Promise<Set<string>> {
  const paths = old.flatMap((part) => part.paths);
  if (paths.length === 0) return new Set();
  return await filesNamedIn(engine, `${parquet(paths, true)} semi join ${touched} using (${key})`);
}

/** Files that rows with a column `filename` stand in. */
export async function filesNamedIn(engine: DuckDbEngine, rows: string): Promise<Set<string>> {
  const found = await engine.rows(`select distinct filename from ${rows}`);
  return new Set(found.map((row) => String(row['filename'])));
}

async function monthsOfFresh(engine: DuckDbEngine, { monthOf, fresh }: Patch): Promise<Set<Month>> {
  const month = monthOf === undefined ? 'cast(null as varchar)' : `strftime(${monthOf}, '%Y-%m-01')`;
  const rows = await engine.rows(`select distinct ${month} as month from ${fresh}`);
  return new Set(rows.map((row) => (row['month'] === null ? null : String(row['month']))));
}

/** Files of a part that can stay as they are beside one more. */
function filesLeftAlone({ paths, sums }: ReadablePart, hit: ReadonlySet<string>): PartFile[] {
  const files = paths.flatMap((path, at): PartFile[] => {
    const known = sums?.[at];
    return known === undefined ? [] : [{ path, sums: known, isNew: false }];
  });
  if (files.length < paths.length || files.length >= mostFiles) return [];
  return files.filter(({ path }) => !hit.has(path));
}

function beside(staying: readonly PartFile[], part: WrittenPart, columns: readonly TypedColumn[]): WrittenPart {
  if (staying.length === 0 || !('files' in part)) return part;
  return partOfFiles(part.month, columns, [...staying, ...part.files]);
}
