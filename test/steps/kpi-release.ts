import { createHash } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MartPart, Release } from '../../pipelines/domain/release.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { tableSession } from '../fixtures/table-session.ts';

/** One row of kpi_daily as the mart states it; left out: an undivided, complete value. */
export interface KpiRow {
  readonly kpi_id: string;
  readonly channel_id: string;
  readonly business_date: string;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly is_complete?: boolean;
  /** The row belongs to kpi_hourly, to this hour of the channel's clock. */
  readonly hour?: number;
  /** As "product tea": the row belongs to kpi_by_dimension_daily. */
  readonly by?: `${string} ${string}`;
}

/** A release whose only content are KPI values, in a real DuckDB. Parts are named by their rows, as a build does it. */
export async function kpiRelease(rows: readonly KpiRow[], asOf: string): Promise<ReleaseSession> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  for (const [mart, date] of [
    ['kpi_daily', 'business_date'],
    ['kpi_weekly', 'week'],
    ['kpi_monthly', 'month'],
  ]) {
    await connection.run(`create table ${mart} (kpi_id varchar, channel_id varchar, ${date} date,
      numerator decimal(18,4), denominator decimal(18,4), value decimal(20,6), is_complete boolean)`);
  }
  await connection.run(`create table kpi_by_dimension_daily (kpi_id varchar, channel_id varchar, dimension varchar,
    member varchar, business_date date, numerator decimal(18,4), denominator decimal(18,4), value decimal(20,6),
    is_complete boolean)`);
  await connection.run(`create table kpi_hourly (kpi_id varchar, channel_id varchar, business_date date,
    numerator decimal(18,4), denominator decimal(18,4), value decimal(20,6), is_complete boolean, hour_of_day bigint,
    is_regular boolean)`);
  for (const row of rows) {
    const value =
      row.denominator === null ? 'null' : row.denominator === 0 ? 'null' : Number(row.numerator) / row.denominator;
    const plain = row.denominator === null && row.kpi_id !== 'conversion_rate' ? row.numerator : value;
    await connection.run(
      `insert into ${martOf(row)} values ('${row.kpi_id}', '${row.channel_id}',
       ${row.by ? `'${row.by.split(' ').join("', '")}', ` : ''}'${row.business_date}', ${row.numerator}, ${row.denominator}, ${plain}, ${row.is_complete ?? true}
       ${row.hour === undefined ? '' : `, ${row.hour}, true`})`,
    );
  }
  const release = { version: 1, as_of: asOf, ...contentOf(rows) } as unknown as Release;
  return tableSession(connection, release);
}

function martOf({ by, hour }: KpiRow): string {
  if (hour !== undefined) return 'kpi_hourly';
  return by === undefined ? 'kpi_daily' : 'kpi_by_dimension_daily';
}

function contentOf(rows: readonly KpiRow[]): Pick<Release, 'id' | 'parts'> {
  const marts = ['kpi_daily', 'kpi_by_dimension_daily', 'kpi_hourly'];
  const parts = Object.fromEntries(marts.map((mart) => [mart, partsOf(rows.filter((row) => martOf(row) === mart))]));
  return { id: hash(JSON.stringify(parts)), parts };
}

function partsOf(rows: readonly KpiRow[]): MartPart[] {
  const months = Map.groupBy(rows, (row) => `${row.business_date.slice(0, 7)}-01`);
  return [...months].sort().map(([month, members]) => ({
    month,
    id: hash(JSON.stringify(members)),
    keys: [],
    rows: members.length,
  }));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
