import type { Kpi, KpiPart } from './kpi.ts';
import { numerals } from './kpi-parts.ts';
import type { Model } from './model.ts';

interface TracedPart {
  readonly kpi: Kpi;
  readonly part: KpiPart;
  readonly measure: 'numerator' | 'denominator';
  readonly sign: '' | '-';
}

/**
 * The way home of `kpi_daily`: the records behind the parts of each KPI, by the ways home of the marts that they add up.
 * Parts that count distinct values are left out: no record has a share in them. Undefined where no part can be traced.
 */
export function kpiTrace(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>): string | undefined {
  const parts = kpis.flatMap(partsWithSign).filter(({ part }) => isTraceable(part, models));
  if (parts.length === 0) return undefined;
  const marts = [...new Set(parts.map(({ part }) => part.mart))].sort();
  const moneyMarts = new Set(parts.filter(({ part }) => part.money).map(({ part }) => part.mart));
  const steps = [
    ...marts.map((mart) => `trace_${mart} as (\n${indented(models.get(mart)?.trace ?? '')}\n)`),
    ...[...moneyMarts].sort().map(convertMoney),
    `list_amounts as (\n    ${parts.map(branch).join('\n    union all\n    ')}\n)`,
    addAllChannels(kpis),
  ];
  return `with ${steps.join(',\n\n')}\n\nselect * from add_all_channels\n`;
}

/**
 * The cells of `kpi_daily` that no records add up to, because a part of the KPI counts different customers, say. Undefined
 * where every part can be traced.
 */
export function kpiTraceGaps(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>): string | undefined {
  const parts = kpis.flatMap(partsWithSign).filter(({ part }) => !isTraceable(part, models));
  const measures = [...new Set(parts.map(({ kpi, measure }) => `('${kpi.kpi}', '${measure}')`))];
  if (measures.length === 0) return undefined;
  return `select
    cells.kpi_id,
    cells.channel_id,
    cells.business_date,
    gaps.measure
from kpi_daily as cells
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

function isTraceable(part: KpiPart, models: ReadonlyMap<string, Model>): boolean {
  const isPlainSum = part.aggregate === 'sum' && part.where === undefined && part.date_column === 'business_date';
  // A trace names its measures as literals; what it does not name has no records.
  return isPlainSum && models.get(part.mart)?.trace?.includes(`'${part.column}'`) === true;
}

/**
 * A cell is converted as a whole and rounded once. Each record gets the difference that it makes to the rounded running
 * total, so that the records add up to the cell to the last digit.
 */
function convertMoney(mart: string): string {
  const rounded = (total: string): string => `cast(round(cast(${total} as double) * rate, 4) as ${numerals})`;
  return `run_totals_${mart} as (
    select
        traced.business_date,
        traced.channel_id,
        traced._export,
        traced._line,
        traced.measure,
        traced.amount,
        fx_daily.rate,
        cast(
            sum(traced.amount) over (
                partition by traced.business_date, traced.channel_id, traced.currency, traced.measure
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
        business_date,
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

function branch({ kpi, part, measure, sign }: TracedPart): string {
  return `select
        '${kpi.kpi}' as kpi_id,
        channel_id,
        business_date,
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
