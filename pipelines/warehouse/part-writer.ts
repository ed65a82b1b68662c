import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Month } from '../domain/month.ts';
import type { WrittenPart } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { castList, columnList, inMonths, parquet, type TypedColumn } from './staged-sql.ts';

const monthColumn = '_part_month';
const undated = 'undated';

export interface PartsToWrite {
  /** A select that yields the columns, in any order. */
  readonly sql: string;
  readonly columns: readonly TypedColumn[];
  /** Date column whose month names the part; undefined: one part for everything. */
  readonly monthOf: string | undefined;
  /** Only rows of these months; null or absent: all. */
  readonly only?: readonly Month[] | null;
}

/** Writes selects as Parquet parts into a scratch folder, split by month in one pass, and names them by their rows. */
export class PartWriter {
  readonly #engine: DuckDbEngine;
  readonly #scratch: string;
  #folders = 0;

  constructor(engine: DuckDbEngine, scratch: string) {
    this.#engine = engine;
    this.#scratch = scratch;
  }

  /** Parts in month order; a month without rows has none. */
  async write({ sql, columns, monthOf, only }: PartsToWrite): Promise<WrittenPart[]> {
    this.#folders += 1;
    const folder = join(this.#scratch, `parts-${this.#folders}`);
    const month =
      monthOf === undefined
        ? quotedString(undated)
        : `coalesce(strftime(${quotedIdentifier(monthOf)}, '%Y-%m-01'), ${quotedString(undated)})`;
    const limit = only && monthOf !== undefined ? ` where ${inMonths(monthOf, only)}` : '';
    await mkdir(folder, { recursive: true });
    await this.#engine.run(
      `copy (select ${castList(columns)}, ${month} as ${monthColumn} from (${sql})${limit})
       to ${quotedString(folder)} (format parquet, compression snappy, partition_by (${monthColumn}))`,
    );
    return await this.#describe(folder, columns);
  }

  async #describe(folder: string, columns: readonly TypedColumn[]): Promise<WrittenPart[]> {
    const months = new Map<string, string>();
    for (const name of await readdir(folder)) {
      const month = name.slice(`${monthColumn}=`.length);
      const files = await readdir(join(folder, name));
      if (files.length !== 1) throw new Error(`expected one file in ${join(folder, name)}, found ${files.length}`);
      months.set(join(folder, name, String(files[0])), month);
    }
    if (months.size === 0) return [];
    const list = columnList(columns);
    // Sums of two independent hashes do not depend on the order of the rows, and equal rows do not cancel out.
    const rows = await this.#engine.rows(
      `select filename, count(*) as rows, sum(hash(${list})) as one, sum(hash('other', ${list})) as other
       from ${parquet([...months.keys()]).replace(/\)$/, ', filename = true)')} group by filename`,
    );
    const parts = rows.flatMap((row): WrittenPart[] => {
      const path = String(row['filename']);
      const month = months.get(path);
      if (month === undefined) return [];
      const id = contentId(columns, [row['rows'], row['one'], row['other']]);
      return [{ month: month === undated ? null : month, id, rows: Number(row['rows']), path }];
    });
    return parts.sort((a, b) => ((a.month ?? '~') < (b.month ?? '~') ? -1 : 1));
  }

  async clear(): Promise<void> {
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

function contentId(columns: readonly TypedColumn[], sums: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([columns, sums.map(String)]))
    .digest('hex')
    .slice(0, 32);
}
