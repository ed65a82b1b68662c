import { type KpiGrain, type PartColumn, periodOf } from './kpi-parts.ts';
import type { Model } from './model.ts';

/** Marts that the same datasets feed: they know a day as soon as one of these datasets was delivered for it. */
export interface KpiDelivery {
  readonly id: string;
  /** Empty: any dataset will do. */
  readonly datasets: readonly string[];
  readonly marts: ReadonlySet<string>;
}

/** The different deliveries on which the parts depend, by the `delivery` of their marts. */
export function deliveriesOf(parts: readonly PartColumn[], models: ReadonlyMap<string, Model>): KpiDelivery[] {
  const marts = [...new Set(parts.map(({ part }) => part.mart))];
  const sets = Map.groupBy(marts, (mart) => JSON.stringify([...(models.get(mart)?.delivery?.datasets ?? [])].sort()));
  return [...sets].map(([key, members], index) => ({
    id: `delivery_${index + 1}`,
    datasets: JSON.parse(key) as string[],
    marts: new Set(members),
  }));
}

const lengthOf: Readonly<Record<KpiGrain, string>> = {
  day: '1',
  week: '7',
  month: "date_diff('day', period, cast(date_add('month', 1, period) as date))",
};

/**
 * CTEs that end in `check_deliveries`: whether anything was delivered for a channel's period, and whether all of its days
 * were. Channels that are not expected to deliver in a period have no value; 'all' waits for every channel that is.
 */
export function deliveryReads(deliveries: readonly KpiDelivery[], grain: KpiGrain): string[] {
  const each = (text: (delivery: KpiDelivery) => string): string => deliveries.map(text).join(',\n        ');
  return [
    `list_delivered_days as (
    select
        channel_id,
        business_date,
        ${each(dayOf)}
    from data_coverage
    group by 1, 2
)`,
    `count_delivered_days as (
    select
        channel_id,
        ${periodOf('business_date', grain)} as period,
        ${each(({ id }) => `sum(${id}) as ${id}_days`)}
    from list_delivered_days
    group by 1, 2
)`,
    `mark_deliveries as (
    select
        channel_id,
        period,
        ${each(({ id }) => flagsOf(id, grain))}
    from count_delivered_days
)`,
    `check_deliveries as (
    select
        case when grouping(marked.channel_id) = 1 then 'all' else marked.channel_id end as channel_id,
        marked.period,
        ${each(({ id }) => `max(marked.${id}_known) as ${id}_known,\n        min(marked.${id}_complete) as ${id}_complete`)}
    from mark_deliveries as marked
    group by grouping sets ((marked.channel_id, marked.period), (marked.period))
)`,
  ];
}

function dayOf({ id, datasets }: KpiDelivery): string {
  const day = 'case when is_delivered then 1 else 0 end';
  const list = datasets.map((name) => `'${name}'`).join(', ');
  return `max(${datasets.length === 0 ? day : `case when dataset in (${list}) then ${day} end`}) as ${id}`;
}

function flagsOf(id: string, grain: KpiGrain): string {
  const flag = (condition: string): string => `case when ${condition} then 1 when ${id}_days is not null then 0 end`;
  return `${flag(`${id}_days > 0`)} as ${id}_known,
        ${flag(`${id}_days = ${lengthOf[grain]}`)} as ${id}_complete`;
}
