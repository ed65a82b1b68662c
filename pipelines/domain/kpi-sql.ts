import type { Kpi } from './kpi.ts';
import { deliveriesOf, deliveryReads } from './kpi-delivery.ts';
import { type KpiGrain, membersByRead, numerals, type PartColumn, partColumns, sumsBySource } from './kpi-parts.ts';
import { distinctReads, sumReads } from './kpi-reads.ts';
import { type KpiPlan, type KpiRecipe, recipeOf } from './kpi-recipe.ts';
import { chosenByKpi } from './kpi-sides.ts';
import { idList, kpiValue } from './kpi-value.ts';
import type { Model } from './model.ts';

const periodColumn: Readonly<Record<KpiGrain, string>> = { day: 'business_date', week: 'week', month: 'month' };

/**
 * The select behind `kpi_daily`, `kpi_weekly` or `kpi_monthly`: one row per KPI, channel (and 'all') and period, in the
 * portable subset of SQL. Every mart is read once, and no step is read twice: Trino computes a step again for each reader.
 */
export function kpiSelect(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>, grain: KpiGrain): string {
  // What is only reported, as visitors of a day, cannot be added up to longer periods.
  const kept = kpis.filter(
    (kpi) => kpi.grains.includes(grain) && (kpi.additivity !== 'as_reported' || grain === 'day'),
  );
  const parts = partColumns(kept);
  const plan: KpiPlan = { parts, deliveries: deliveriesOf(parts, models), models };
  const steps = [
    ...sumReads(parts, grain),
    ...distinctReads(parts, grain),
    ...deliveryReads(plan.deliveries, grain),
    combineParts(plan),
    takeKpis(kept, plan),
    addAllChannels(kept),
    workOutValues(kept, grain),
  ];
  return `-- One row per KPI, channel (and 'all') and ${grain}.
with ${steps.join(',\n\n')}

select * from work_out_values
`;
}

/** Brings the sums, counts and deliveries of one channel and period into one row. */
function combineParts({ parts, deliveries }: KpiPlan): string {
  const relations = [
    ...[...sumsBySource(parts)].map(([source, columns]) => ({
      relation: `add_up_${source}`,
      values: new Map([...columns.flatMap(travelling), [`${source}_rows`, '1']]),
    })),
    ...[...membersByRead(parts)].map(([read, columns]) => ({
      relation: `count_${read}`,
      values: new Map(columns.flatMap(travelling)),
    })),
    {
      relation: 'check_deliveries',
      values: new Map(
        deliveries.flatMap(({ id }) => [`${id}_known`, `${id}_complete`]).map((column) => [column, column]),
      ),
    },
  ];
  const columns = relations.flatMap(({ values }) => [...values.keys()]);
  const selects = relations.map(({ relation, values }) => {
    const list = columns.map((column) => `cast(${values.get(column) ?? 'null'} as ${typeOf(column)}) as ${column}`);
    return `select\n            channel_id,\n            period,\n            ${list.join(',\n            ')}\n        from ${relation}`;
  });
  return `combine_parts as (
    select
        channel_id,
        period,
        ${columns.map((column) => `max(${column}) as ${column}`).join(',\n        ')}
    from (
        ${selects.join('\n        union all\n        ')}
    ) as each_part
    group by 1, 2
)`;
}

function travelling({ part, column }: PartColumn): [string, string][] {
  const lacksRate = `${column}_lacks_rate`;
  return part.money
    ? [
        [column, column],
        [lacksRate, lacksRate],
      ]
    : [[column, column]];
}

function typeOf(column: string): string {
  return /^part_\d+$/.test(column) ? numerals : 'integer';
}

/** A row per KPI wherever its parts are known, or should be. */
function takeKpis(kpis: readonly Kpi[], plan: KpiPlan): string {
  const recipes = new Map(kpis.map((kpi) => [kpi, recipeOf(kpi, plan)]));
  const chosen = (textOf: (recipe: KpiRecipe) => string): string =>
    chosenByKpi(kpis, 'kpis.kpi_id', (kpi) => textOf(recipes.get(kpi) as KpiRecipe));
  return `take_kpis as (
    select
        kpis.kpi_id,
        parts.channel_id,
        parts.period,
        cast(${chosen(({ numerator }) => numerator)} as ${numerals}) as numerator,
        cast(${chosen(({ denominator }) => denominator)} as ${numerals}) as denominator,
        ${chosen(({ complete }) => complete)} as complete,
        ${chosen(({ lacksRate }) => lacksRate)} as lacks_rate
    from combine_parts as parts
    cross join (values ${kpis.map((kpi) => `('${kpi.kpi}')`).join(', ')}) as kpis (kpi_id)
    where ${chosen(({ wanted }) => wanted)}
)`;
}

/**
 * 'all' is added up from the channels in which both sides of a KPI are known: orders of a channel that counts no sessions
 * must not raise the conversion of the others. Distinct counts bring rows of their own for 'all'.
 */
function addAllChannels(kpis: readonly Kpi[]): string {
  const ratios = idList(kpis.filter((kpi) => kpi.denominator !== undefined));
  const counted = idList(kpis.filter((kpi) => kpi.additivity === 'distinct'));
  const neverAdded = idList(kpis.filter((kpi) => kpi.additivity === 'distinct' || kpi.additivity === 'as_reported'));
  const total = (side: string): string =>
    `cast(
            case
                when grouping(taken.channel_id) = 0 then max(taken.${side})
                when max(taken.lacks_rate) = 0 then sum(case when taken.has_both_sides then taken.${side} end)
            end as ${numerals}
        ) as ${side}`;
  return `mark_sides as (
    select
        kpi_id,
        channel_id,
        period,
        numerator,
        denominator,
        complete,
        lacks_rate,
        kpi_id not in (${ratios}) or (numerator is not null and denominator is not null) as has_both_sides
    from take_kpis
    where channel_id <> 'all' or kpi_id in (${counted})
),

add_all_channels as (
    select
        taken.kpi_id,
        case when grouping(taken.channel_id) = 1 then 'all' else taken.channel_id end as channel_id,
        taken.period,
        ${total('numerator')},
        ${total('denominator')},
        min(taken.complete) as complete
    from mark_sides as taken
    group by grouping sets ((taken.kpi_id, taken.channel_id, taken.period), (taken.kpi_id, taken.period))
    having grouping(taken.channel_id) = 0 or taken.kpi_id not in (${neverAdded})
)`;
}

/** A ratio with a zero denominator has no value; it is never 0. Sums stay exact: they are never doubles. */
function workOutValues(kpis: readonly Kpi[], grain: KpiGrain): string {
  return `work_out_values as (
    select
        kpi_id,
        channel_id,
        period as ${periodColumn[grain]},
        numerator,
        denominator,
        ${kpiValue(kpis)} as value,
        complete = 1 as is_complete
    from add_all_channels
)`;
}
