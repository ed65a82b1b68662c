import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { Contract } from '../../domain/contract.ts';
import { IngestError } from '../../domain/errors.ts';
import { cleanDialect } from '../detect/dialect.ts';
import { headerKey } from '../detect/layout.ts';
import type { Recognition } from '../ingest.ts';
import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { type ConvertedTable, quotedLine } from './converted-tables.ts';
import { recogniseContract } from './recognise-contract.ts';

/** The first table that a contract fits; where none does, what was said of the first. */
export function recogniseTables(tables: readonly ConvertedTable[], contracts: Iterable<Contract>): Recognition {
  const all = [...contracts];
  const found = tables.map(({ file, detection }) => recogniseContract(detection.layout.header, file.name, all));
  return found.find(({ kind }) => kind === 'recognised') ?? found[0] ?? noTable;
}

export const noTable = { kind: 'refused', reason: 'empty_file', text: 'There is no table in the file.' } as const;

/** What cannot be sorted into tables has none. */
export function noTables(error: unknown): readonly ConvertedTable[] {
  if (error instanceof IngestError) return [];
  throw error;
}

/** The tables of a file as a contract sees them. */
export interface SortedTables {
  /** The sheet that it names, else all that it fits as one, else the first. */
  readonly chosen: ConvertedTable | undefined;
  readonly others: readonly ConvertedTable[];
}

/** Finds what a contract reads of a file. */
export async function sortTables(contract: Contract, tables: readonly ConvertedTable[]): Promise<SortedTables> {
  const fits = ({ file, detection }: ConvertedTable): boolean =>
    recogniseContract(detection.layout.header, file.name, [contract]).kind === 'recognised';
  const named = tables.filter(({ name }) => name !== undefined && name === contract.files.sheet);
  const wanted = [named, tables.filter(fits), tables.slice(0, 1)].find((found) => found.length > 0) ?? [];
  const [first, ...more] = wanted;
  const others = tables.filter((table) => !wanted.includes(table));
  if (first === undefined) return { chosen: undefined, others };
  const joined = more.length === 0 ? first : await joinTables([first, ...more]);
  return { chosen: withFurther(joined, others.length), others };
}

function withFurther(table: ConvertedTable, others: number): ConvertedTable {
  if (others === 0) return table;
  const text = 'The file holds further tables: only what fits the contract was read.';
  const notes = [...table.detection.notes, { code: 'further_tables', count: others, text }];
  return { ...table, detection: { ...table.detection, notes } };
}

/** Tables of one kind, a month per sheet say, as one: their records follow each other, columns meet by their names. */
async function joinTables(tables: readonly [ConvertedTable, ...ConvertedTable[]]): Promise<ConvertedTable> {
  const [first] = tables;
  const header: string[] = [];
  const keys: string[] = [];
  const places = tables.map(({ detection }) => {
    const own = columnKeys(detection.layout.header ?? []);
    for (const [at, key] of own.entries()) {
      if (keys.includes(key)) continue;
      keys.push(key);
      header.push(detection.layout.header?.[at] ?? '');
    }
    return own.map((key) => keys.indexOf(key));
  });
  const path = `${first.file.path}.joined.csv`;
  await writeFile(path, '', { mode: 0o600 });
  for (const [at, table] of tables.entries()) {
    const place = places[at] ?? [];
    for await (const records of recordsOf(table)) {
      await writeFile(path, records.map(({ fields }) => quotedLine(placed(fields, place, keys.length))).join(''), {
        flag: 'a',
      });
    }
  }
  const layout = { ...first.detection.layout, width: keys.length, columns: keys.map(() => undefined), header };
  const text = 'Tables of the same kind stand in the file; they were read one after the other.';
  const notes = [...first.detection.notes, { code: 'joined_tables', count: tables.length, text }];
  return { ...first, file: { ...first.file, path }, detection: { ...first.detection, layout, notes } };
}

/** Names as columns meet by them; a name that stands again in one header is another column. */
function columnKeys(header: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return header.map((name) => {
    const key = headerKey(name);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times === 0 ? key : `${key}\u001f${times}`;
  });
}

/** Fields beyond the header stay behind it, where they make the record one that does not fit. */
function placed(fields: readonly string[], place: readonly number[], width: number): string[] {
  const all = Array.from({ length: width }, () => '');
  for (const [at, to] of place.entries()) all[to] = fields[at] ?? '';
  return [...all, ...fields.slice(place.length)];
}

async function* recordsOf({ file, detection }: ConvertedTable): AsyncGenerator<TableRecord[]> {
  const reader = new RecordReader(cleanDialect, { width: detection.layout.width });
  for await (const text of createReadStream(file.path, 'utf8')) yield reader.push(text as string);
  yield reader.end();
}
