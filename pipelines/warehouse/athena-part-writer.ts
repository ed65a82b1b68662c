import { createHash } from 'node:crypto';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Month } from '../domain/month.ts';
import { TooManyPartitionsError } from './athena-failure.ts';
import { qualified } from './athena-relations.ts';
import type { AthenaStatements } from './athena-statements.ts';
import type { WrittenPart } from './build-session.ts';
import type { GlueTables, PartTable } from './glue-tables.ts';
import type { PartsToWrite } from './part-writer.ts';
import { castList, columnList, inMonths, type TypedColumn } from './staged-sql.ts';
import type { LakeObjects } from './warehouse.ts';

const monthColumn = 'part_month';
const undated = 'undated';
/** What one UNLOAD may write, with one to spare for rows without a date. */
const monthsPerStatement = 99;

const draftTable = 'draft_';
/** No build takes so long: a table of drafts that is older was left by one that was killed. */
const abandonedAfterMs = 24 * 3_600_000;

/** Drops the tables over drafts that killed builds left behind. */
export async function dropAbandonedDrafts(glue: GlueTables, database: string): Promise<void> {
  const before = Date.now() - abandonedAfterMs;
  for (const { Name = '', CreateTime } of await glue.list(database)) {
    if (Name.startsWith(draftTable) && CreateTime && CreateTime.getTime() < before) await glue.drop(database, Name);
  }
}

export interface AthenaWriterOptions {
  readonly statements: AthenaStatements;
  readonly glue: GlueTables;
  readonly objects: LakeObjects;
  readonly database: string;
  /** Unique to this build. */
  readonly build: string;
  /** Months that the data span: what may well be written as one statement is tried as one. */
  readonly spanMonths: number;
}

/** Parts as they were written, and the table in which they can be read until the writer is closed. */
export interface DraftParts {
  readonly parts: readonly WrittenPart[];
  readonly table: PartTable | undefined;
}

/**
 * Has Athena write selects as Parquet drafts into the lake, split by month, and names the parts by their rows. UNLOAD and
 * not CREATE TABLE AS: a workgroup that enforces its result location lets only the former choose where to write.
 */
export class AthenaPartWriter {
  readonly #options: AthenaWriterOptions;
  readonly #tables: string[] = [];
  #folders = 0;

  constructor(options: AthenaWriterOptions) {
    this.#options = options;
  }

  async write(wanted: PartsToWrite): Promise<DraftParts> {
    const written = await this.#unloadByMonth(wanted);
    const folders = Map.groupBy(written, ({ folder }) => folder);
    if (folders.size === 0) return { parts: [], table: undefined };
    const table = await this.#layTable(wanted.columns, [...folders.keys()]);
    return { table, parts: await this.#describe(table, folders) };
  }

  /** Drops the tables over the drafts. The drafts themselves go by the bucket's lifecycle, or by `gc`. */
  async close(): Promise<void> {
    const { glue, database } = this.#options;
    await Promise.all(this.#tables.map((name) => glue.drop(database, name)));
  }

  /** One statement where it may write all months; else one computes the rows, and several split them. */
  async #unloadByMonth(wanted: PartsToWrite): Promise<Draft[]> {
    if (wanted.monthOf === undefined) return await this.#unload(wanted, null);
    const months = wanted.only ?? null;
    if ((months?.length ?? this.#options.spanMonths) > monthsPerStatement) return await this.#unloadInTwoSteps(wanted);
    return await this.#unload(wanted, months).catch((error: unknown) => {
      if (error instanceof TooManyPartitionsError) return this.#unloadInTwoSteps(wanted);
      throw error;
    });
  }

  async #unloadInTwoSteps({ only = null, ...wanted }: PartsToWrite): Promise<Draft[]> {
    const limit = only && wanted.monthOf !== undefined ? ` where ${inMonths(wanted.monthOf, only)}` : '';
    const sql = `select * from (${wanted.sql}\n) as computed${limit}`;
    const computed = await this.#unload({ sql, columns: wanted.columns, monthOf: undefined }, null);
    if (computed.length === 0) return [];
    const folders = [...new Set(computed.map(({ folder }) => folder))];
    const table = await this.#layTable(wanted.columns, folders);
    const split = { ...wanted, sql: `select ${columnList(wanted.columns)} from ${qualified(table)}` };
    const drafts: Draft[] = [];
    for (const months of chunksOf(await this.#monthsOf(split))) drafts.push(...(await this.#unload(split, months)));
    return drafts;
  }

  async #unload({ sql, columns, monthOf }: PartsToWrite, months: readonly Month[] | null): Promise<Draft[]> {
    const { statements, objects, build } = this.#options;
    this.#folders += 1;
    const folder = `build/drafts/${build}/${this.#folders}/`;
    const isSplit = monthOf !== undefined;
    const limit = isSplit && months ? ` where ${inMonths(monthOf, months)}` : '';
    const month = isSplit ? `, ${monthText(monthOf)} as ${monthColumn}` : '';
    const select = `select ${castList(columns)}${month} from (${sql}\n) as built${limit}`;
    const split = isSplit ? `, partitioned_by = array['${monthColumn}']` : '';
    const target = quotedString(objects.address(folder));
    await statements.run(`unload (${select}) to ${target} with (format = 'PARQUET', compression = 'SNAPPY'${split})`);
    const drafts: Draft[] = [];
    for await (const { key, bytes } of objects.list(folder)) {
      if (bytes > 0) drafts.push({ key, folder: key.slice(0, key.lastIndexOf('/') + 1) });
    }
    return drafts;
  }

  async #monthsOf({ sql, monthOf = '' }: PartsToWrite): Promise<Month[]> {
    const query = `select distinct ${monthText(monthOf)} from (${sql}\n) as built order by 1`;
    const { rows } = await this.#options.statements.rows(query);
    return rows.map(([month = null]) => (month === undated ? null : month));
  }

  async #layTable(columns: readonly TypedColumn[], folders: readonly string[]): Promise<PartTable> {
    const { glue, objects, database, build } = this.#options;
    const name = `${draftTable}${build}_${this.#tables.length + 1}`;
    const table = { database, name, columns, partitionedBy: 'folder', location: objects.address('build/drafts/') };
    this.#tables.push(name);
    await glue.ensure(table);
    const partitions = folders.map((folder, at) => ({ value: String(at), location: objects.address(folder) }));
    await glue.addPartitions(table, partitions);
    return table;
  }

  async #describe(table: PartTable, folders: ReadonlyMap<string, readonly Draft[]>): Promise<WrittenPart[]> {
    const { rows } = await this.#options.statements.rows(contentQuery(table));
    const drafts = [...folders];
    const parts = rows.map(([folder, count, ...sums]): WrittenPart => {
      const [path = '', files = []] = drafts[Number(folder)] ?? [];
      const id = contentId(table.columns, [count, ...sums]);
      return { month: monthOfFolder(path), id, rows: Number(count), drafts: files.map(({ key }) => key).sort() };
    });
    return parts.sort((a, b) => ((a.month ?? '~') < (b.month ?? '~') ? -1 : 1));
  }
}

interface Draft {
  readonly key: string;
  readonly folder: string;
}

function monthText(column: string): string {
  return `coalesce(date_format(${quotedIdentifier(column)}, '%Y-%m-01'), '${undated}')`;
}

/** UNLOAD names a folder after the month; what is not split has none. */
function monthOfFolder(folder: string): Month {
  const [, month] = new RegExp(`/${monthColumn}=(\\d{4}-\\d\\d-\\d\\d)/$`).exec(folder) ?? [];
  return month ?? null;
}

/** Sums of both halves of each row's hash: whatever the order of the rows, and equal rows do not cancel out. */
function contentQuery(table: PartTable): string {
  const texts = table.columns.map(({ name }) => `cast(${quotedIdentifier(name)} as varchar)`);
  const half = (start: number) => `sum(cast(from_big_endian_64(substr(hashed, ${start}, 8)) as decimal(38, 0)))`;
  return `
    select folder, cast(count(*) as varchar), cast(${half(1)} as varchar), cast(${half(9)} as varchar)
    from (
      select folder, md5(to_utf8(json_format(cast(array[${texts.join(', ')}] as json)))) as hashed
      from (select folder, ${columnList(table.columns)} from ${qualified(table)}) as drafted
    ) as hashes
    group by folder`;
}

function contentId(columns: readonly TypedColumn[], sums: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['athena', columns, sums.map(String)]))
    .digest('hex')
    .slice(0, 32);
}

function chunksOf(months: readonly Month[]): Month[][] {
  const found: Month[][] = [];
  for (let at = 0; at < months.length; at += monthsPerStatement) found.push(months.slice(at, at + monthsPerStatement));
  return found;
}
