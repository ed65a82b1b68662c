import type { Kpi } from './kpi.ts';
import { hasFinerParts, withFinerParts } from './kpi-finer-parts.ts';
import { columnOf, type PartColumn, partColumns } from './kpi-parts.ts';
import { amountOf, ratesOn, sumOf } from './kpi-reads.ts';
import { sidesOfKpis } from './kpi-sides.ts';
import { kpiValue } from './kpi-value.ts';
import type { Model } from './model.ts';

/**
 * The select behind `kpi_hourly`: one row per KPI, channel and hour of `hour_coverage`. An hour that is over and has no row
 * in a mart is zero there: such marts are made of events.
 */
export function hourlySelect(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>): string {
  const kept = kpisByHour(kpis, models);
  const parts = partColumns(kept);
  const byMart = Map.groupBy(parts, ({ part }) => part.mart);
  const steps = [
    ...[...byMart].flatMap(([mart, own]) => addUpMart(mart, own)),
    combineParts(byMart),
    takeKpis(kept, parts),
    workOutValues(kept),
  ];
  return `-- One row per KPI, channel and hour.
with ${steps.join(',\n\n')}

select * from work_out_values
`;
}

/** KPIs that are worked out by the hour, with their parts in marts of hours. */
export function kpisByHour(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>): Kpi[] {
  return kpis
    .filter((kpi) => kpi.grains.includes('hour') && hasFinerParts(kpi, models, 'hours_of'))
    .map((kpi) => withFinerParts(kpi, models, 'hours_of'));
}

function addUpMart(mart: string, parts: readonly PartColumn[]): string[] {
  return [
    `read_${mart} as (
    select
        mart.channel_id,
        mart.hour_at,
        ${parts.map((part) => amountOf(part, 'mart.business_date')).join(',\n        ')}
    from ${mart} as mart${parts.some(({ part }) => part.money) ? ratesOn('business_date') : ''}
)`,
    `add_up_${mart} as (
    select
        channel_id,
        hour_at,
        ${parts.map(({ part, column }) => sumOf(part, column)).join(',\n        ')}
    from read_${mart}
    group by 1, 2
)`,
  ];
}

function combineParts(byMart: ReadonlyMap<string, readonly PartColumn[]>): string {
  const silent = (mart: string) => `${mart}.channel_id is null and hours.is_delivered`;
  const amounts = [...byMart].flatMap(([mart, parts]) =>
    parts.map(({ column }) => `case when ${silent(mart)} then 0 else ${mart}.${column} end as ${column}`),
  );
  const joins = [...byMart.keys()].map(
    (mart) => `
    left join add_up_${mart} as ${mart}
        on
            hours.channel_id = ${mart}.channel_id
            and hours.hour_at = ${mart}.hour_at`,
  );
  const columns = ['channel_id', 'hour_at', 'business_date', 'hour_of_day', 'is_delivered', 'is_regular'];
  return `combine_parts as (
    select
        ${[...columns.map((name) => `hours.${name}`), ...amounts].join(',\n        ')}
    from hour_coverage as hours${joins.join('')}
)`;
}

function takeKpis(kpis: readonly Kpi[], parts: readonly PartColumn[]): string {
  return `take_kpis as (
    select
        kpis.kpi_id,
        parts.channel_id,
        parts.hour_at,
        parts.business_date,
        parts.hour_of_day,
        ${sidesOfKpis(kpis, 'kpis.kpi_id', (part) => `parts.${columnOf(part, parts)}`)},
        parts.is_delivered,
        parts.is_regular
    from combine_parts as parts
    cross join (values ${kpis.length === 0 ? "('')" : kpis.map(({ kpi }) => `('${kpi}')`).join(', ')}) as kpis (kpi_id)
)`;
}

function workOutValues(kpis: readonly Kpi[]): string {
  return `work_out_values as (
    select
        kpi_id,
        channel_id,
        hour_at,
        business_date,
        hour_of_day,
        numerator,
        denominator,
        ${kpiValue(kpis)} as value,
        is_delivered as is_complete,
        is_regular
    from take_kpis
    where kpi_id <> ''
)`;
}
