import type { Kpi, KpiPart } from './kpi.ts';
import { deliveriesOf, deliveryCte, type KpiDelivery } from './kpi-delivery.ts';
import {
  distinctParts,
  type KpiGrain,
  numerals,
  type PartColumn,
  partColumns,
  partsOf,
  sourceOf,
  sumsBySource,
} from './kpi-parts.ts';
import { distinctReads, sumReads } from './kpi-reads.ts';
import type { Model } from './model.ts';

const periodColumn: Readonly<Record<KpiGrain, string>> = { day: 'business_date', week: 'week', month: 'month' };

/** What the branches of the select need to know of the whole. */
interface Plan {
  readonly parts: readonly PartColumn[];
  readonly deliveries: readonly KpiDelivery[];
  readonly models: ReadonlyMap<string, Model>;
}

/**
 * The select behind `kpi_daily`, `kpi_weekly` or `kpi_monthly`: one row per KPI, channel (and 'all') and period, in the
 * portable subset of SQL. Each mart is read once for all sums; each distinct count reads its rows.
 */
export function kpiSelect(kpis: readonly Kpi[], models: ReadonlyMap<string, Model>, grain: KpiGrain): string {
  // What is only reported, as visitors of a day, cannot be added up to longer periods.
  const kept = kpis.filter((kpi) => kpi.additivity !== 'as_reported' || grain === 'day');
  const parts = partColumns(kept);
  const plan = { parts, deliveries: deliveriesOf(parts, models), models };
  const steps = [
    ...sumReads(parts, grain),
    ...distinctReads(parts, grain),
    ...plan.deliveries.map((delivery) => deliveryCte(delivery, grain)),
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
function combineParts({ parts, deliveries }: Plan): string {
  const relations = [
    ...[...sumsBySource(parts)].map(([source, columns]) => ({
      relation: `add_up_${source}`,
      values: new Map([...columns.flatMap(travelling), [`${source}_rows`, '1']]),
    })),
    ...distinctParts(parts).map((column) => ({
      relation: `count_${column.column}`,
      values: new Map(travelling(column)),
    })),
    ...deliveries.map(({ id }) => ({
      relation: `check_${id}`,
      values: new Map([
        [`${id}_known`, `${id}_known`],
        [`${id}_complete`, `${id}_complete`],
      ]),
    })),
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

/** One branch per KPI: a row wherever a part of it is known, or should be. */
function takeKpis(kpis: readonly Kpi[], plan: Plan): string {
  const branches = kpis.map((kpi) => {
    const parts = partsOf(kpi).map((part) => ({ amount: amountOf(part, plan), ...factsOf(part, plan) }));
    const [numerator, denominator] = sidesOf(kpi, plan);
    const list = (texts: readonly string[]): string => [...new Set(texts)].join('\n        and ');
    const lacking = parts.flatMap(({ lacksRate }) => lacksRate).map((column) => `coalesce(${column}, 0)`);
    return `select
        '${kpi.kpi}' as kpi_id,
        channel_id,
        period,
        cast(${numerator} as ${numerals}) as numerator,
        cast(${denominator} as ${numerals}) as denominator,
        case when ${[...new Set(parts.map(({ complete }) => complete))].join(' and ')} then 1 else 0 end as complete,
        ${lacking.length === 0 ? '0' : lacking.join(' + ')} as lacks_rate
    from combine_parts
    where
        ${list(parts.map(({ wanted }) => wanted))}`;
  });
  return `take_kpis as (\n    ${branches.join('\n    union all\n    ')}\n)`;
}

function sidesOf(kpi: Kpi, plan: Plan): readonly [string, string] {
  const numerator = amountOf(kpi.numerator, plan);
  return [
    kpi.minus ? `${numerator} - ${amountOf(kpi.minus, plan)}` : numerator,
    kpi.denominator ? amountOf(kpi.denominator, plan) : 'null',
  ];
}

/** A delivered period without a row is zero for marts of events (no order came) and unknown for marts of reports. */
function amountOf(part: KpiPart, plan: Plan): string {
  const column = columnOf(part, plan);
  if (plan.models.get(part.mart)?.delivery?.silent_day !== 'zero') return column;
  const known = `${deliveryOf(part, plan)}_known = 1`;
  return part.aggregate === 'count_distinct'
    ? `coalesce(${column}, case when ${known} then 0 end)`
    : `case when ${sourceOf(part)}_rows is null and ${known} then 0 else ${column} end`;
}

function factsOf(part: KpiPart, plan: Plan): { complete: string; wanted: string; lacksRate: string[] } {
  const column = columnOf(part, plan);
  const delivery = deliveryOf(part, plan);
  const silent = part.aggregate === 'count_distinct' ? `${column} is null` : `${sourceOf(part)}_rows is null`;
  const lacksRate = part.money ? [`${column}_lacks_rate`] : [];
  const reasons = [
    `${column} is not null`,
    `(${silent} and ${delivery}_known is not null)`,
    ...lacksRate.map((name) => `${name} = 1`),
  ];
  return { complete: `${delivery}_complete = 1`, wanted: `(${reasons.join(' or ')})`, lacksRate };
}

function columnOf(part: KpiPart, { parts }: Plan): string {
  const key = JSON.stringify(part);
  return parts.find((candidate) => JSON.stringify(candidate.part) === key)?.column ?? 'null';
}

function deliveryOf(part: KpiPart, { deliveries }: Plan): string {
  return deliveries.find(({ marts }) => marts.has(part.mart))?.id ?? 'null';
}

/**
 * 'all' is added up from the channels in which both sides of a KPI are known: orders of a channel that counts no sessions
 * must not raise the conversion of the others. Distinct counts bring rows of their own for 'all'.
 */
function addAllChannels(kpis: readonly Kpi[]): string {
  const ratios = idList(kpis.filter((kpi) => kpi.denominator !== undefined));
  const counted = idList(kpis.filter((kpi) => kpi.additivity === 'distinct'));
  const reported = idList(kpis.filter((kpi) => kpi.additivity === 'as_reported'));
  const bothSides = `kpi_id not in (${ratios}) or (numerator is not null and denominator is not null)`;
  return `add_all_channels as (
    select
        kpi_id,
        channel_id,
        period,
        numerator,
        denominator,
        complete
    from take_kpis
    where channel_id <> 'all' or kpi_id in (${counted})
    union all
    select
        kpi_id,
        'all' as channel_id,
        period,
        cast(case when max(lacks_rate) = 0 then sum(case when ${bothSides} then numerator end) end as ${numerals}) as numerator,
        cast(case when max(lacks_rate) = 0 then sum(case when ${bothSides} then denominator end) end as ${numerals}) as denominator,
        min(complete) as complete
    from take_kpis
    where
        channel_id <> 'all'
        and kpi_id not in (${counted})
        and kpi_id not in (${reported})
    group by 1, 2, 3
)`;
}

/** A ratio with a zero denominator has no value; it is never 0. Sums stay exact: they are never doubles. */
function workOutValues(kpis: readonly Kpi[], grain: KpiGrain): string {
  const ratios = idList(kpis.filter((kpi) => kpi.denominator !== undefined));
  const scales = kpis.filter((kpi) => kpi.scale !== 1).map((kpi) => `when '${kpi.kpi}' then ${kpi.scale}e0`);
  const scale = scales.length === 0 ? '1e0' : `case kpi_id ${scales.join(' ')} else 1e0 end`;
  return `work_out_values as (
    select
        kpi_id,
        channel_id,
        period as ${periodColumn[grain]},
        numerator,
        denominator,
        case
            when kpi_id in (${ratios})
                then cast(
                    round(${scale} * cast(numerator as double) / nullif(cast(denominator as double), 0e0), 6)
                    as decimal(20, 6)
                )
            else cast(numerator as decimal(20, 6))
        end as value,
        complete = 1 as is_complete
    from add_all_channels
)`;
}

/** A list for `in`; never empty, since SQL has no empty list. */
function idList(kpis: readonly Kpi[]): string {
  return ['', ...kpis.map((kpi) => kpi.kpi)].map((id) => `'${id}'`).join(', ');
}
