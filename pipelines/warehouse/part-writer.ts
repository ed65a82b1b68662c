import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Month } from '../domain/month.ts';
import type { RowSums } from '../domain/release.ts';
import type { PartFile, WrittenPart } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { castList, columnList, inMonths, parquet, type TypedColumn } from './staged-sql.ts';

const monthColumn = '_part_month';
/** How the engine names the folder of rows that have no month. */
const undated = '__HIVE_DEFAULT_PARTITION__';

/**
 * Threads write their rows of a month themselves once they hold half a group; what is less is written by one thread at the
 * very end. The default of 122,880 rows leaves a month of a medium shop to that one.
 */
const rowGroupRows = 24_576;
export const partFormat = `format parquet, compression snappy, row_group_size ${rowGroupRows}`;

/**
 * What names a part, from the hash of each row. Sums do not depend on the order of the rows, and equal rows do not cancel
 * out; there are two, so that changes of several rows do not add up to nothing.
 */
export const partSums = 'count(*) as rows, sum(row_hash) as one, sum(hash(row_hash)) as other';

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
    await mkdir(folder, { recursive: true });
    if (monthOf === undefined) {
      const file = join(folder, 'all.parquet');
      await this.#engine.run(
        `copy (select ${castList(columns)} from (${sql})) to ${quotedString(file)} (${partFormat})`,
      );
      return await this.#describe(new Map([[file, null]]), columns);
    }
    const month = `cast(date_trunc('month', ${quotedIdentifier(monthOf)}) as date) as ${monthColumn}`;
    const limit = only ? ` where ${inMonths(monthOf, only)}` : '';
    await this.#engine.run(
      `copy (select ${castList(columns)}, ${month} from (${sql})${limit})
       to ${quotedString(folder)} (${partFormat}, partition_by (${monthColumn}))`,
    );
    return await this.#describe(await filesByMonth(folder), columns);
  }

  async #describe(files: ReadonlyMap<string, Month>, columns: readonly TypedColumn[]): Promise<WrittenPart[]> {
    if (files.size === 0) return [];
    const rows = await this.#engine.rows(
      `select filename, ${partSums}
       from (select filename, hash(${columnList(columns)}) as row_hash from ${parquet([...files.keys()], true)})
       group by filename`,
    );
    const parts = rows.map((row): WrittenPart => {
      const path = String(row['filename']);
      const sums = { rows: Number(row['rows']), one: String(row['one']), other: String(row['other']) };
      return partOfFiles(files.get(path) ?? null, columns, [{ path, sums, isNew: true }]);
    });
    return parts.sort((a, b) => ((a.month ?? '~') < (b.month ?? '~') ? -1 : 1));
  }
}

async function filesByMonth(folder: string): Promise<Map<string, Month>> {
  const months = new Map<string, Month>();
  for (const name of await readdir(folder)) {
    const month = name.slice(`${monthColumn}=`.length);
    const files = await readdir(join(folder, name));
    if (files.length !== 1) throw new Error(`expected one file in ${join(folder, name)}, found ${files.length}`);
    months.set(join(folder, name, String(files[0])), month === undated ? null : month);
  }
  return months;
}

/** A part that is the rows of these files, named by all of them. */
export function partOfFiles(month: Month, columns: readonly TypedColumn[], files: readonly PartFile[]): WrittenPart {
  const rows = files.reduce((sum, { sums }) => sum + sums.rows, 0);
  const [one, other] = [total(files, ({ one }) => one), total(files, ({ other }) => other)];
  const id = createHash('sha256')
    .update(JSON.stringify([columns, [String(rows), one, other]]))
    .digest('hex')
    .slice(0, 32);
  return { month, id, rows, files };
}

function total(files: readonly PartFile[], sumOf: (sums: RowSums) => string): string {
  return String(files.reduce((sum, { sums }) => sum + BigInt(sumOf(sums)), 0n));
}
