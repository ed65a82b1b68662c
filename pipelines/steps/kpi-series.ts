import type { Observation, Series } from '../domain/alerting/series.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Grain, Threshold } from '../domain/threshold.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import type { ChannelRange } from './channel-range.ts';
import type { FigureGrid } from './figure-grid.ts';

/** A mart of figures, and its date column. */
export interface KpiMart {
  readonly mart: string;
  readonly date: string;
  /** Column of the hour of the date, where its periods are hours. Hours that a clock shows twice are left out. */
  readonly hour?: string;
}

const byMember: KpiMart = { mart: 'kpi_by_dimension_daily', date: 'business_date' };
const byGrain: Readonly<Record<Grain, KpiMart>> = {
  hour: { mart: 'kpi_hourly', date: 'business_date', hour: 'hour_of_day' },
  day: { mart: 'kpi_daily', date: 'business_date' },
  week: { mart: 'kpi_weekly', date: 'week' },
  month: { mart: 'kpi_monthly', date: 'month' },
};
/** Every mart that rules judge. */
export const kpiMarts: readonly KpiMart[] = [...Object.values(byGrain), byMember];

/** The mart that holds the figures of a rule. */
export function martOf({
  grain,
  dimension,
}: Pick<Threshold, 'grain'> & { readonly dimension?: string | undefined }): KpiMart {
  return dimension === undefined ? byGrain[grain] : byMember;
}

/** False of hours in a release that was built before there were any; what it does know is judged. */
export function knowsGrain({ release }: Pick<ReleaseSession, 'release'>, grain: Grain): boolean {
  return grain !== 'hour' || release.parts[byGrain.hour.mart] !== undefined;
}

export interface SeriesRange {
  readonly grain: Grain;
  /** Read the members of this dimension. */
  readonly dimension?: string | undefined;
  readonly kpis: readonly string[];
  /** Default: all. */
  readonly channels?: readonly string[];
  /** Only channels of this range; default: all. */
  readonly channelRange?: ChannelRange | undefined;
  /** First period to read, or undefined for all. */
  readonly from: string | undefined;
  /** What lies before this period is history: it begins with the first figure that there is. Default: `from`. */
  readonly judgedFrom?: string | undefined;
  /** Last period to read. */
  readonly through: string;
}

/** Observations of one KPI by series (see `subjectKey`), each aligned with the periods of its table. */
export interface SeriesRows {
  get(series: string): readonly (Observation | null)[] | undefined;
  keys(): Iterable<string>;
  /** Not 0 in the periods in which some member of the channel has a complete figure. */
  membersAt?(channel: string): ArrayLike<number>;
}

export interface KpiTable {
  readonly periods: readonly string[];
  readonly rows: ReadonlyMap<string, SeriesRows>;
}

/** Series are numbered in the order of the grid. */
export function rowsByKpi(keys: readonly (readonly [string, string])[], grid: FigureGrid): KpiTable['rows'] {
  const table = new Map<string, Map<string, number>>();
  for (const [index, [kpi, key]] of keys.entries()) {
    table.set(kpi, (table.get(kpi) ?? new Map<string, number>()).set(key, index));
  }
  return new Map([...table].map(([kpi, channels]) => [kpi, new GridRows(channels, grid)]));
}

/** Observations are made when they are asked for; several rules ask for one series, one after the other. */
class GridRows implements SeriesRows {
  readonly #channels: ReadonlyMap<string, number>;
  readonly #grid: FigureGrid;
  #members: Map<string, Uint8Array> | undefined;
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

  membersAt(channel: string): ArrayLike<number> {
    this.#members ??= this.#findMembers();
    return this.#members.get(channel) ?? new Uint8Array(this.#grid.width);
  }

  #findMembers(): Map<string, Uint8Array> {
    const members = new Map<string, Uint8Array>();
    for (const [key, index] of this.#channels) {
      const { channel } = subjectOf(key);
      const marks = members.get(channel) ?? new Uint8Array(this.#grid.width);
      members.set(channel, marks);
      this.#grid.markComplete(index, marks);
    }
    return members;
  }
}

export interface SeriesParts {
  /** The KPI that shows whether business went on. */
  readonly companion?: string | undefined;
  /** Hours that the clock of a channel leaps over or shows twice. */
  readonly clockChangesOf?: ((channel: string) => ReadonlySet<string>) | undefined;
  /** First period whose figure still rises. */
  readonly unripeFrom?: string | undefined;
}

/** One series of a KPI (see `subjectKey`), with what stands beside it. */
export function seriesOf(
  table: KpiTable,
  kpi: Kpi,
  key: string,
  { companion, clockChangesOf, unripeFrom }: SeriesParts = {},
): Series {
  const missing = () => Array<null>(table.periods.length).fill(null);
  const rows = table.rows.get(kpi.kpi);
  const observations = rows?.get(key) ?? missing();
  const { channel, dimensions } = subjectOf(key);
  const isMember = Object.keys(dimensions).length > 0;
  const series = {
    ...{ kpi_id: kpi.kpi, channel_id: channel, periods: table.periods, observations, scale: kpi.scale },
    ...(isMember && rows?.membersAt !== undefined && { others: rows.membersAt(channel) }),
    ...(clockChangesOf !== undefined && { clockChanges: clockChangesOf(channel) }),
    ...(unripeFrom !== undefined && { unripeFrom }),
  };
  if (companion === undefined) return series;
  return { ...series, companion: table.rows.get(companion)?.get(key) ?? missing() };
}
