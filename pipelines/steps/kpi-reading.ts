import { hourOf, periodNumber, periodOf, periodsBetween } from '../domain/alerting/series.ts';
import { subjectKey } from '../domain/alerting/subject.ts';
import type { ReleaseSession, Row, Value } from '../warehouse/warehouse.ts';
import { FigureGrid, spanOf } from './figure-grid.ts';
import { type KpiTable, martOf, rowsByKpi, type SeriesRange } from './kpi-series.ts';

/** Which series a reading finds, and the parts in which their figures are read, so that a hundred thousand fit. */
export interface KpiReading {
  readonly range: SeriesRange;
  readonly periods: readonly string[];
  /** Series by KPI. */
  readonly series: ReadonlyMap<string, ReadonlySet<string>>;
  readonly slices: readonly Slice[];
}

/** Some channels with all of their series. */
export interface Slice {
  /** First and last of the channels in the engine's order. */
  readonly bounds: readonly [string, string] | undefined;
  readonly channels: ReadonlySet<string>;
  /** KPI and series of each row of the grid. */
  readonly rows: readonly (readonly [kpi: string, key: string])[];
}

/** Figures that are held at a time: four numbers each, 48 MB. */
const cellsPerSlice = 1_500_000;

/** Finds the series of some KPIs in the release; `readSlice` reads their figures. */
export async function findSeries(
  session: ReleaseSession,
  range: SeriesRange,
  cellsAtOnce = cellsPerSlice,
): Promise<KpiReading> {
  const { mart, date } = martOf(range);
  const { condition, parameters } = conditionOf(range);
  const columns = keyColumns(range);
  const { rows } = await session.query(
    `select ${columns}, cast(min(${date}) as varchar) as first from ${mart}
     where ${condition} group by ${columns} order by ${orderOf(range)}`,
    parameters,
  );
  let earliest = range.through;
  for (const row of rows) if (String(row['first']) < earliest) earliest = String(row['first']);
  const periods = periodsBetween(range.grain, firstPeriod(range, earliest), range.through);
  const slices = slicesOf(rows, range, Math.max(1, Math.floor(cellsAtOnce / Math.max(1, periods.length))));
  const series = new Map<string, Set<string>>();
  for (const [kpi, key] of slices.flatMap((slice) => slice.rows)) {
    const keys = series.get(kpi) ?? new Set<string>();
    series.set(kpi, keys.add(key));
  }
  return { range, periods, series, slices };
}

/** How many series there are of each channel. */
export async function countSeries(
  session: ReleaseSession,
  range: SeriesRange,
): Promise<{ readonly channel: string; readonly series: number }[]> {
  const { condition, parameters } = conditionOf(range);
  const { rows } = await session.query(
    `select channel_id, count(*) as series
     from (select distinct ${keyColumns(range)} from ${martOf(range).mart} where ${condition}) as found
     group by channel_id`,
    parameters,
  );
  return rows.map((row) => ({ channel: String(row['channel_id']), series: Number(row['series']) }));
}

/** Cuts series at the borders of channels; there is one slice at least. */
function slicesOf(rows: readonly Row[], range: SeriesRange, seriesAtOnce: number): Slice[] {
  const slices: Slice[] = [];
  let from = 0;
  for (let row = 1; row <= rows.length; row++) {
    const isBorder = rows[row]?.['channel_id'] !== rows[row - 1]?.['channel_id'];
    if (row < rows.length && (!isBorder || row - from < seriesAtOnce)) continue;
    slices.push(sliceOf(rows.slice(from, row), range));
    from = row;
  }
  return slices.length > 0 ? slices : [{ bounds: undefined, channels: new Set(), rows: [] }];
}

function sliceOf(rows: readonly Row[], range: SeriesRange): Slice {
  const channels = new Set(rows.map((row) => String(row['channel_id'])));
  const [first = '', last = first] = [String(rows[0]?.['channel_id']), String(rows.at(-1)?.['channel_id'])];
  return {
    bounds: [first, last],
    channels,
    rows: rows.map((row) => [String(row['kpi_id']), keyOf(row, range)] as const),
  };
}

/** Reads the figures of some series as plain numbers, each row with its place in the grid. */
export async function readSlice(session: ReleaseSession, reading: KpiReading, slice: Slice): Promise<KpiTable> {
  const { range, periods } = reading;
  const numbers = periods.map((period) => periodNumber(range.grain, period));
  if (slice.bounds === undefined) return { periods, rows: new Map() };
  const { mart } = martOf(range);
  const { condition, parameters } = conditionOf({ ...range, bounds: slice.bounds });
  const [places = none, ...figures] = await session.queryNumbers(
    `select case when mart.is_complete then 1e0 else -1e0 end
         * ((keys.series - 1) * ${spanOf(numbers)} + ${distanceFrom(periods[0] ?? '', range)} + 1),
       cast(mart.numerator as double), cast(mart.denominator as double), cast(mart.value as double)
     from (select * from ${mart} where ${condition}) as mart
     inner join (select ${keyColumns(range)}, row_number() over (order by ${orderOf(range)}) as series
       from (select distinct ${keyColumns(range)} from ${mart} where ${condition}) as found) as keys
     on ${keyColumns(range)
       .split(', ')
       .map((name) => `mart.${name} = keys.${name}`)
       .join(' and ')}`,
    [...parameters, ...parameters],
  );
  const grid = new FigureGrid({ periods: numbers, places, figures, count: slice.rows.length });
  return { periods, rows: rowsByKpi(slice.rows, grid) };
}

/** Reads all figures of some KPIs at once. */
export async function readKpiTable(session: ReleaseSession, range: SeriesRange): Promise<KpiTable> {
  const reading = await findSeries(session, range, Number.POSITIVE_INFINITY);
  const [all] = reading.slices;
  return all === undefined ? { periods: reading.periods, rows: new Map() } : await readSlice(session, reading, all);
}

/** SQL: how many days, or hours, the period of a row lies behind the first one. */
function distanceFrom(first: string, range: SeriesRange): string {
  const { date, hour } = martOf(range);
  const days = `date_diff('day', date '${first.slice(0, 10)}', mart.${date})`;
  return hour === undefined ? days : `24 * ${days} + mart.${hour} - ${hourOf(first)}`;
}

function keyColumns({ dimension }: SeriesRange): string {
  return dimension === undefined ? 'kpi_id, channel_id' : 'kpi_id, channel_id, member';
}

/** Channels stay together, so that slices can be cut between them. */
function orderOf({ dimension }: SeriesRange): string {
  return dimension === undefined ? 'channel_id, kpi_id' : 'channel_id, kpi_id, member';
}

/** A long memory costs nothing where history is short. Hours begin with a whole day, as they are read. */
function firstPeriod({ grain, from, judgedFrom = from }: SeriesRange, earliest: string): string {
  if (from === undefined || judgedFrom === undefined) return periodOf(grain, earliest);
  const start = earliest < judgedFrom ? earliest : judgedFrom;
  return periodOf(grain, (start < from ? from : start).slice(0, 10));
}

const none = new Float64Array();

function keyOf({ channel_id, member }: Row, { dimension }: SeriesRange): string {
  const dimensions = dimension === undefined ? {} : { [dimension]: String(member) };
  return subjectKey({ channel: String(channel_id), dimensions });
}

type Condition = SeriesRange & Partial<Pick<Slice, 'bounds'>>;

function conditionOf({ bounds, ...range }: Condition) {
  const { kpis, channels, channelRange, dimension, from, through } = range;
  const { date, hour } = martOf(range);
  const marks = (values: readonly unknown[]) => values.map(() => '?').join(', ');
  const parts: [string, readonly Value[]][] = [
    [`kpi_id in (${marks(kpis)})`, kpis],
    [`${date} <= cast(? as date)`, [through.slice(0, 10)]],
  ];
  if (hour !== undefined) parts.push(['is_regular', []]);
  if (from !== undefined) parts.push([`${date} >= cast(? as date)`, [from.slice(0, 10)]]);
  if (dimension !== undefined) parts.push(['dimension = ?', [dimension]]);
  if (bounds !== undefined) parts.push(['channel_id between ? and ?', bounds]);
  if (channelRange?.from) parts.push(['channel_id >= ?', [channelRange.from]]);
  if (channelRange?.until !== undefined) parts.push(['channel_id < ?', [channelRange.until]]);
  if (channels !== undefined) parts.push([`channel_id in (${marks(channels)})`, channels]);
  return {
    condition: parts.map(([text]) => text).join(' and '),
    parameters: parts.flatMap(([, values]) => values),
  };
}
