import type { KpiPart } from './kpi.ts';
import { type KpiGrain, membersByRead, numerals, type PartColumn, periodOf, sumsBySource } from './kpi-parts.ts';

/** CTEs that read each mart once and add its amounts up by channel and period: `add_up_<mart>`. */
export function sumReads(parts: readonly PartColumn[], grain: KpiGrain): string[] {
  return [...sumsBySource(parts)].flatMap(([source, columns]) => {
    const first = columns[0]?.part;
    if (!first) return [];
    const period = periodOf(`mart.${first.date_column}`, grain);
    const amounts = columns.map((column) => amountOf(column, period));
    const sums = columns.map(({ part, column }) => sumOf(part, column));
    return [
      `read_${source} as (
    select
        mart.channel_id,
        ${period} as period,
        ${amounts.join(',\n        ')}
    from ${first.mart} as mart${columns.some(({ part }) => part.money) ? ratesOn(first.date_column) : ''}
    where mart.${first.date_column} is not null
)`,
      `add_up_${source} as (
    select
        channel_id,
        period,
        ${sums.join(',\n        ')}
    from read_${source}
    group by 1, 2
)`,
    ];
  });
}

/**
 * CTEs that count distinct values per channel and over all channels: `count_<mart>_<column>`. The mart is read once,
 * however many conditions its members are counted under.
 */
export function distinctReads(parts: readonly PartColumn[], grain: KpiGrain): string[] {
  return [...membersByRead(parts)].flatMap(([read, columns]) => {
    const first = columns[0]?.part;
    if (!first) return [];
    const period = periodOf(`mart.${first.date_column}`, grain);
    const marks = columns.map(
      ({ part, column }) => `case when ${conditionOf(part, period) ?? 'true'} then 1 end as ${column}`,
    );
    const each = (aggregate: (column: string) => string): string =>
      columns.map(({ column }) => `${aggregate(column)} as ${column}`).join(',\n        ');
    return [
      `list_${read} as (
    select
        mart.channel_id,
        ${period} as period,
        mart.${first.column} as member,
        ${marks.join(',\n        ')}
    from ${first.mart} as mart
    where
        mart.${first.date_column} is not null
        and mart.${first.column} is not null
)`,
      `tell_apart_${read} as (
    select
        case when grouping(listed.channel_id) = 1 then 'all' else listed.channel_id end as channel_id,
        listed.period,
        listed.member,
        ${each((column) => `max(listed.${column})`)}
    from list_${read} as listed
    group by grouping sets ((listed.channel_id, listed.period, listed.member), (listed.period, listed.member))
)`,
      `count_${read} as (
    select
        channel_id,
        period,
        ${each((column) => `cast(sum(${column}) as ${numerals})`)}
    from tell_apart_${read}
    group by 1, 2
)`,
    ];
  });
}

/** Own names for the columns of the rates, so that a part's condition may name the mart's columns without a prefix. */
export function ratesOn(dateColumn: string): string {
  return `
    left join (
        select
            day as fx_day,
            currency as fx_currency,
            rate as fx_rate
        from fx_daily
    ) as fx
        on
            mart.currency = fx.fx_currency
            and mart.${dateColumn} = fx.fx_day`;
}

/** The amount of a row; money lacks a rate when it is not zero and its currency has none on that day. */
export function amountOf({ part, column }: PartColumn, period: string): string {
  const condition = conditionOf(part, period);
  const amount =
    condition === undefined ? `mart.${part.column}` : `case when ${condition} then mart.${part.column} end`;
  if (!part.money) return `${amount} as ${column}`;
  return `case
            when fx.fx_rate = 1e0 then ${amount}
            else cast(round(cast(${amount} as double) * fx.fx_rate, 4) as ${numerals})
        end as ${column},
        case when ${amount} <> 0 and fx.fx_rate is null then 1 else 0 end as ${column}_lacks_rate`;
}

/** `period_start` in a part's condition stands for the first day of the period that is being computed. */
function conditionOf(part: KpiPart, period: string): string | undefined {
  return part.where === undefined ? undefined : `(${part.where.replaceAll(/\bperiod_start\b/g, period)})`;
}

export function sumOf(part: KpiPart, column: string): string {
  const total = `cast(${part.aggregate === 'max' ? 'max' : 'sum'}(${column}) as ${numerals})`;
  if (!part.money) return `${total} as ${column}`;
  return `case when max(${column}_lacks_rate) = 0 then ${total} end as ${column},
        max(${column}_lacks_rate) as ${column}_lacks_rate`;
}
