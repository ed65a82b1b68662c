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
 * CTE `check_<delivery>`: whether anything was delivered for a channel's period, and whether all of its days were.
 * Channels that are not expected to deliver in a period have no row; 'all' waits for every channel that is.
 */
export function deliveryCte({ id, datasets }: KpiDelivery, grain: KpiGrain): string {
  const filter =
    datasets.length === 0 ? '' : `\n        where dataset in (${datasets.map((name) => `'${name}'`).join(', ')})`;
  return `list_${id} as (
    select
        channel_id,
        ${periodOf('business_date', grain)} as period,
        sum(is_delivered) as days
    from (
        select
            channel_id,
            business_date,
            max(case when is_delivered then 1 else 0 end) as is_delivered
        from data_coverage${filter}
        group by 1, 2
    ) as each_day
    group by 1, 2
),

check_${id} as (
    select
        channel_id,
        period,
        case when days > 0 then 1 else 0 end as ${id}_known,
        case when days = ${lengthOf[grain]} then 1 else 0 end as ${id}_complete
    from list_${id}
    union all
    select
        'all' as channel_id,
        period,
        max(case when days > 0 then 1 else 0 end) as ${id}_known,
        min(case when days = ${lengthOf[grain]} then 1 else 0 end) as ${id}_complete
    from list_${id}
    group by 1, 2
)`;
}
