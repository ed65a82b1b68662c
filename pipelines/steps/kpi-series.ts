import type { Observation, Series } from '../domain/alerting/series.ts';
import { periodsBetween } from '../domain/alerting/series.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Grain } from '../domain/threshold.ts';
import type { ReleaseSession, Row, Value } from '../warehouse/warehouse.ts';

/** The mart of each grain, and its date column. */
export const kpiMarts: Readonly<Record<Grain, { readonly mart: string; readonly date: string }>> = {
  day: { mart: 'kpi_daily', date: 'business_date' },
  week: { mart: 'kpi_weekly', date: 'week' },
  month: { mart: 'kpi_monthly', date: 'month' },
};

export interface SeriesRange {
  readonly grain: Grain;
  readonly kpis: readonly string[];
  /** First period to read, or undefined for all. */
  readonly from: string | undefined;
  /** Last period to read. */
  readonly through: string;
}

/** Observations by KPI and channel, aligned with `periods`. */
export interface KpiTable {
  readonly periods: readonly string[];
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, readonly (Observation | null)[]>>;
}

/** Reads the values of some KPIs from the release, in one query. */
export async function readKpiTable(session: ReleaseSession, range: SeriesRange): Promise<KpiTable> {
  const { mart, date } = kpiMarts[range.grain];
  const marks = range.kpis.map(() => '?').join(', ');
  const since = range.from === undefined ? '' : `and ${date} >= cast(? as date)`;
  const { rows } = await session.query(
    `select kpi_id, channel_id, cast(${date} as varchar) as period, numerator, denominator, value, is_complete
     from ${mart} where kpi_id in (${marks}) and ${date} <= cast(? as date) ${since} order by 1, 2, 3`,
    [...range.kpis, range.through, ...(range.from === undefined ? [] : [range.from])],
  );
  const earliest = rows.reduce<string>((first, row) => min(first, text(row['period'])), range.through);
  const periods = periodsBetween(range.grain, range.from ?? earliest, range.through);
  return { periods, rows: align(rows, periods) };
}

function align(rows: readonly Row[], periods: readonly string[]): KpiTable['rows'] {
  const position = new Map(periods.map((period, index) => [period, index]));
  const table = new Map<string, Map<string, (Observation | null)[]>>();
  for (const row of rows) {
    const channels = takeOrMake(table, text(row['kpi_id']), () => new Map<string, (Observation | null)[]>());
    const observations = takeOrMake(channels, text(row['channel_id']), () => Array(periods.length).fill(null));
    const index = position.get(text(row['period']));
    if (index !== undefined) observations[index] = toObservation(row);
  }
  return table;
}

function takeOrMake<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function toObservation(row: Row): Observation {
  return {
    numerator: number(row['numerator']),
    denominator: number(row['denominator']),
    value: number(row['value']),
    complete: row['is_complete'] === true,
  };
}

/** The series of one KPI in one channel, with the KPI that shows whether business went on beside it. */
export function seriesOf(table: KpiTable, kpi: Kpi, channel: string, companion?: string): Series {
  const missing = () => Array<null>(table.periods.length).fill(null);
  const observations = table.rows.get(kpi.kpi)?.get(channel) ?? missing();
  const series = { kpi_id: kpi.kpi, channel_id: channel, periods: table.periods, observations, scale: kpi.scale };
  if (companion === undefined) return series;
  return { ...series, companion: table.rows.get(companion)?.get(channel) ?? missing() };
}

function number(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function text(value: Value | undefined): string {
  return String(value ?? '');
}

function min(a: string, b: string): string {
  return b < a ? b : a;
}
