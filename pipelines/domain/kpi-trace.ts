import type { Kpi, KpiPart } from './kpi.ts';
import { kpisByHour } from './kpi-hourly-sql.ts';
import { numerals } from './kpi-parts.ts';
import type { Model } from './model.ts';

interface TracedPart {
  readonly kpi: Kpi;
  readonly part: KpiPart;
  readonly measure: 'numerator' | 'denominator';
  readonly sign: '' | '-';
}

/** What one cell of a mart of KPIs spans, and where it stands. */
interface Cells {
  readonly mart: string;
  /** Column that tells the period of a cell. */
  readonly period: string;
  /** Columns by which amounts are added up before they are converted. */
  readonly times: readonly string[];
  /** Whether there are cells for all channels together. */
  readonly hasAll: boolean;
}

const days: Cells = { mart: 'kpi_daily', period: 'business_date', times: ['business_date'], hasAll: true };
const hours: Cells = { mart: 'kpi_hourly', period: 'hour_at', times: ['business_date', 'hour_at'], hasAll: false };

type Models = ReadonlyMap<string, Model>;

/** A model's `trace` and `trace_gaps`, as far as there are any. */
type WaysHome = Pick<Model, 'trace' | 'trace_gaps'>;

/**
 * The way home of `kpi_daily`: the records behind the parts of each KPI, by the ways home of the marts that they add up.
 * Cells that no records add up to, because a part of the KPI counts different customers, say, are gaps.
 */
export function dailyTrace(kpis: readonly Kpi[], models: Models): WaysHome {
  return waysHome(kpis, models, days);
}

/** The way home of `kpi_hourly`, through the marts that hold the parts of each KPI by the hour. */
export function hourlyTrace(kpis: readonly Kpi[], models: Models): WaysHome {
  return waysHome(kpisByHour(kpis, models), models, hours);
}

function waysHome(kpis: readonly Kpi[], models: Models, cells: Cells): WaysHome {
  const trace = traceOf(kpis, models, cells);
  if (trace === undefined) return {};
  const gaps = gapsOf(kpis, models, cells);
  return { trace, ...(gaps !== undefined && { trace_gaps: gaps }) };
}

/** Undefined where no part can be traced: those that count distinct values, of which no record has a share. */
function traceOf(kpis: readonly Kpi[], models: Models, cells: Cells): string | undefined {
  const parts = kpis.flatMap(partsWithSign).filter(({ part }) => isTraceable(part, models));
  if (parts.length === 0) return undefined;
  const marts = [...new Set(parts.map(({ part }) => part.mart))].sort();
  const moneyMarts = new Set(parts.filter(({ part }) => part.money).map(({ part }) => part.mart));
  const branches = parts.map((part) => branch(part, cells));
  const steps = [
    ...marts.map((mart) => `trace_${mart} as (\n${indented(models.get(mart)?.trace ?? '')}\n)`),
    ...[...moneyMarts].sort().map((mart) => convertMoney(mart, cells)),
    `list_amounts as (\n    ${branches.join('\n    union all\n    ')}\n)`,
    ...(cells.hasAll ? [addAllChannels(kpis)] : []),
  ];
  return `with ${steps.join(',\n\n')}\n\nselect * from ${cells.hasAll ? 'add_all_channels' : 'list_amounts'}\n`;
}

/** Undefined where every part can be traced. */
function gapsOf(kpis: readonly Kpi[], models: Models, { mart, period }: Cells): string | undefined {
  const parts = kpis.flatMap(partsWithSign).filter(({ part }) => !isTraceable(part, models));
  const measures = [...new Set(parts.map(({ kpi, measure }) => `('${kpi.kpi}', '${measure}')`))];
  if (measures.length === 0) return undefined;
  return `select
    cells.kpi_id,
    cells.channel_id,
    cells.${period},
    gaps.measure
from ${mart} as cells
inner join (values ${measures.join(', ')}) as gaps (kpi_id, measure)
    on cells.kpi_id = gaps.kpi_id
`;
}

function partsWithSign(kpi: Kpi): TracedPart[] {
  return [
    { kpi, part: kpi.numerator, measure: 'numerator', sign: '' },
    ...(kpi.minus ? [{ kpi, part: kpi.minus, measure: 'numerator', sign: '-' } as const] : []),
    ...(kpi.denominator ? [{ kpi, part: kpi.denominator, measure: 'denominator', sign: '' } as const] : []),
  ];
}

function isTraceable(part: KpiPart, models: Models): boolean {
  const isPlainSum = part.aggregate === 'sum' && part.where === undefined && part.date_column === 'business_date';
  // A trace names its measures as literals; what it does not name has no records.
  return isPlainSum && models.get(part.mart)?.trace?.includes(`'${part.column}'`) === true;
}

/**
 * A cell is converted as a whole and rounded once. Each record gets the difference that it makes to the rounded running
 * total, so that the records add up to the cell to the last digit.
 */
function convertMoney(mart: string, { times }: Cells): string {
  const rounded = (total: string): string => `cast(round(cast(${total} as double) * rate, 4) as ${numerals})`;
  const named = (relation: string): string => times.map((time) => `${relation}${time}`).join(', ');
  return `run_totals_${mart} as (
    select
        ${named('traced.')},
        traced.channel_id,
        traced._export,
        traced._line,
        traced.measure,
        traced.amount,
        fx_daily.rate,
        cast(
            sum(traced.amount) over (
                partition by ${named('traced.')}, traced.channel_id, traced.currency, traced.measure
                order by traced._export asc, traced._line asc
                rows between unbounded preceding and current row
            ) as ${numerals}
        ) as running_total
    from trace_${mart} as traced
    inner join fx_daily
        on
            traced.currency = fx_daily.currency
            and traced.business_date = fx_daily.day
),

convert_${mart} as (
    select
        ${named('')},
        channel_id,
        _export,
        _line,
        measure,
        case
            when rate = 1e0 then amount
            else ${rounded('running_total')}
                - ${rounded('running_total - amount')}
        end as amount
    from run_totals_${mart}
)`;
}

function branch({ kpi, part, measure, sign }: TracedPart, { period }: Cells): string {
  return `select
        '${kpi.kpi}' as kpi_id,
        channel_id,
        ${period},
        _export,
        _line,
        '${measure}' as measure,
        cast(${sign}amount as ${numerals}) as amount
    from ${part.money ? 'convert' : 'trace'}_${part.mart}
    where measure = '${part.column}'`;
}

/** 'all' holds the channels that kpi_daily added up for it: of a ratio those in which both sides are known. */
function addAllChannels(kpis: readonly Kpi[]): string {
  const ids = (wanted: (kpi: Kpi) => boolean): string =>
    ['', ...kpis.filter(wanted).map((kpi) => kpi.kpi)].map((id) => `'${id}'`).join(', ');
  return `add_all_channels as (
    select
        kpi_id,
        channel_id,
        business_date,
        _export,
        _line,
        measure,
        amount
    from list_amounts
    union all
    select
        amounts.kpi_id,
        'all' as channel_id,
        amounts.business_date,
        amounts._export,
        amounts._line,
        amounts.measure,
        amounts.amount
    from list_amounts as amounts
    inner join kpi_daily as cells
        on
            amounts.kpi_id = cells.kpi_id
            and amounts.channel_id = cells.channel_id
            and amounts.business_date = cells.business_date
    where
        amounts.kpi_id not in (${ids((kpi) => kpi.additivity === 'as_reported')})
        and (
            amounts.kpi_id not in (${ids((kpi) => kpi.denominator !== undefined)})
            or (cells.numerator is not null and cells.denominator is not null)
        )
)`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');
}
