import type { Observation, Series } from '../domain/alerting/series.ts';
import { dayNumber, isoDate, periodsBetween } from '../domain/alerting/series.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Grain } from '../domain/threshold.ts';
import type { ReleaseSession, Value } from '../warehouse/warehouse.ts';
import { FigureGrid } from './figure-grid.ts';

/** The mart of each grain, and its date column. */
export const kpiMarts: Readonly<Record<Grain, { readonly mart: string; readonly date: string }>> = {
  day: { mart: 'kpi_daily', date: 'business_date' },
  week: { mart: 'kpi_weekly', date: 'week' },
  month: { mart: 'kpi_monthly', date: 'month' },
};

export interface SeriesRange {
  readonly grain: Grain;
  readonly kpis: readonly string[];
  /** Default: all. */
  readonly channels?: readonly string[];
  /** First period to read, or undefined for all. */
  readonly from: string | undefined;
  /** Last period to read. */
  readonly through: string;
}

/** Observations of one KPI by channel, each aligned with the periods of its table. */
export interface ChannelRows {
  get(channel: string): readonly (Observation | null)[] | undefined;
  keys(): Iterable<string>;
}

export interface KpiTable {
  readonly periods: readonly string[];
  readonly rows: ReadonlyMap<string, ChannelRows>;
}

/** Reads the values of some KPIs from the release: which series there are, and their figures as plain numbers. */
export async function readKpiTable(session: ReleaseSession, range: SeriesRange): Promise<KpiTable> {
  const { mart, date } = kpiMarts[range.grain];
  const { condition, parameters } = conditionOf(range, date);
  const keys = `select kpi_id, channel_id, row_number() over (order by kpi_id, channel_id) as series
     from (select kpi_id, channel_id from ${mart} where ${condition} group by 1, 2) as found`;
  const { rows } = await session.query(`${keys} order by 3`, parameters);
  const [series = none, days = none, ...figures] = await session.queryNumbers(
    `select cast(keys.series - 1 as double), cast(date_diff('day', date '1970-01-01', mart.${date}) as double),
       cast(mart.numerator as double), cast(mart.denominator as double), cast(mart.value as double),
       case when mart.is_complete then 1e0 else 0e0 end
     from (select * from ${mart} where ${condition}) as mart
     inner join (${keys}) as keys on mart.kpi_id = keys.kpi_id and mart.channel_id = keys.channel_id`,
    [...parameters, ...parameters],
  );
  const earliest = days.reduce((first, day) => Math.min(first, day), dayNumber(range.through));
  const periods = periodsBetween(range.grain, range.from ?? isoDate(earliest), range.through);
  const grid = new FigureGrid({ periods: periods.map(dayNumber), series, at: days, figures, count: rows.length });
  return {
    periods,
    rows: rowsByKpi(
      rows.map(({ kpi_id, channel_id }) => [String(kpi_id), String(channel_id)]),
      grid,
    ),
  };
}

const none = new Float64Array();

function conditionOf({ kpis, channels, from, through }: SeriesRange, date: string) {
  const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ');
  const parts: [string, readonly Value[]][] = [
    [`kpi_id in (${marks(kpis)})`, kpis],
    [`${date} <= cast(? as date)`, [through]],
  ];
  if (from !== undefined) parts.push([`${date} >= cast(? as date)`, [from]]);
  if (channels !== undefined) parts.push([`channel_id in (${marks(channels)})`, channels]);
  return {
    condition: parts.map(([text]) => text).join(' and '),
    parameters: parts.flatMap(([, values]) => values),
  };
}

/** Series are numbered in the order of the grid. */
function rowsByKpi(keys: readonly (readonly [string, string])[], grid: FigureGrid): KpiTable['rows'] {
  const table = new Map<string, Map<string, number>>();
  for (const [index, [kpi, channel]] of keys.entries()) {
    table.set(kpi, (table.get(kpi) ?? new Map<string, number>()).set(channel, index));
  }
  return new Map([...table].map(([kpi, channels]) => [kpi, new GridRows(channels, grid)]));
}

/** Observations are made when they are asked for; several rules ask for one series, one after the other. */
class GridRows implements ChannelRows {
  readonly #channels: ReadonlyMap<string, number>;
  readonly #grid: FigureGrid;
  #latest: { readonly index: number; readonly observations: readonly (Observation | null)[] } | undefined;

  constructor(channels: ReadonlyMap<string, number>, grid: FigureGrid) {
    this.#channels = channels;
    this.#grid = grid;
  }

  get(channel: string): readonly (Observation | null)[] | undefined {
    const index = this.#channels.get(channel);
    if (index === undefined) return undefined;
    if (this.#latest?.index !== index) this.#latest = { index, observations: this.#grid.observations(index) };
    return this.#latest.observations;
  }

  keys(): Iterable<string> {
    return this.#channels.keys();
  }
}

/** The series of one KPI in one channel, with the KPI that shows whether business went on beside it. */
export function seriesOf(table: KpiTable, kpi: Kpi, channel: string, companion?: string): Series {
  const missing = () => Array<null>(table.periods.length).fill(null);
  const observations = table.rows.get(kpi.kpi)?.get(channel) ?? missing();
  const series = { kpi_id: kpi.kpi, channel_id: channel, periods: table.periods, observations, scale: kpi.scale };
  if (companion === undefined) return series;
  return { ...series, companion: table.rows.get(companion)?.get(channel) ?? missing() };
}
