-- One row per hour on a channel's clock and currency.
with count_quarters as (
    select
        channel_id,
        currency,
        ordered_date,
        date_add('minute', 15 * (minute(ordered_at) / 15), date_trunc('hour', ordered_at)) as quarter_at,
        count(case when is_order then 1 end) as orders,
        count(case when is_order and is_paid then 1 end) as paid_orders,
        count(case when has_sale and is_cancelled then 1 end) as cancelled_orders,
        count(case when has_sale and (minute(ordered_at) % 15 <> 0 or second(ordered_at) <> 0) then 1 end)
            as orders_between_quarters,
        sum(case when is_order then sale_lines end) as order_lines,
        sum(case when is_order then units end) as units,
        sum(case when is_order then gross_sales end) as gross_sales,
        sum(case when is_order then discounts end) as discounts
    from order_facts
    where
        ordered_at is not null
        and ordered_date is not null
    group by 1, 2, 3, 4
),

tell_local_time as (
    select
        quarters.channel_id,
        quarters.currency,
        quarters.ordered_date,
        date_add('minute', offsets.offset_minutes, quarters.quarter_at) as local_at,
        offsets.offset_minutes,
        quarters.orders,
        quarters.paid_orders,
        quarters.cancelled_orders,
        quarters.orders_between_quarters,
        quarters.order_lines,
        quarters.units,
        quarters.gross_sales,
        quarters.discounts
    from count_quarters as quarters
    inner join stg_channels as channels
        on quarters.channel_id = channels.channel_id
    inner join zone_offsets as offsets
        on
            channels.timezone = offsets.timezone
            and quarters.quarter_at >= offsets.from_at
            and quarters.quarter_at < offsets.until_at
),

-- Where an export states days only, every order stands at midnight: that is no time.
add_up_hours as (
    select
        ordered_date as business_date,
        date_add('minute', -offset_minutes, date_trunc('hour', local_at)) as hour_at,
        channel_id,
        currency,
        cast(hour(local_at) as bigint) as hour_of_day,
        cast(sum(orders) as bigint) as orders,
        cast(sum(paid_orders) as bigint) as paid_orders,
        cast(sum(cancelled_orders) as bigint) as cancelled_orders,
        cast(sum(orders + cancelled_orders) as bigint) as placed_orders,
        cast(
            sum(
                case
                    when hour(local_at) = 0 and minute(local_at) = 0 then orders_between_quarters
                    else orders + cancelled_orders
                end
            )
            as bigint
        ) as timed_orders,
        cast(sum(coalesce(order_lines, 0)) as bigint) as order_lines,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(coalesce(gross_sales, 0)) as decimal(18, 4)) as gross_sales,
        cast(sum(coalesce(discounts, 0)) as decimal(18, 4)) as discounts
    from tell_local_time
    group by 1, 2, 3, 4, 5
)

select * from add_up_hours
