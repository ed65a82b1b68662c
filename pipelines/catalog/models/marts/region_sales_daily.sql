-- One row per business date, channel, currency and region that ordered or got money back.
with list_orders_and_refunds as (
    select
        ordered_date as business_date,
        channel_id,
        currency,
        coalesce(region, '(unknown)') as region,
        count(*) as known_orders,
        count(case when is_order then 1 end) as orders,
        count(case when is_order and is_paid then 1 end) as paid_orders,
        count(case when has_sale and is_cancelled then 1 end) as cancelled_orders,
        count(case when is_refunded and not is_cancelled then 1 end) as orders_refunded_later,
        count(case when is_refunded and is_order and is_paid then 1 end) as paid_orders_refunded_later,
        sum(case when is_order then units end) as units,
        coalesce(sum(case when is_order then gross_sales end), 0) as gross_sales,
        coalesce(sum(case when is_order then discounts end), 0) as discounts,
        0 as returns
    from order_facts
    where ordered_date is not null
    group by 1, 2, 3, 4
    union all
    select
        refunded_date as business_date,
        channel_id,
        currency,
        coalesce(region, '(unknown)') as region,
        0 as known_orders,
        0 as orders,
        0 as paid_orders,
        0 as cancelled_orders,
        0 as orders_refunded_later,
        0 as paid_orders_refunded_later,
        null as units,
        0 as gross_sales,
        0 as discounts,
        sum(returns) as returns
    from order_refunds
    where refunded_date is not null
    group by 1, 2, 3, 4
),

add_up_regions as (
    select
        business_date,
        channel_id,
        currency,
        region,
        cast(sum(known_orders) as bigint) as known_orders,
        cast(sum(orders) as bigint) as orders,
        cast(sum(paid_orders) as bigint) as paid_orders,
        cast(sum(cancelled_orders) as bigint) as cancelled_orders,
        cast(sum(orders_refunded_later) as bigint) as orders_refunded_later,
        cast(sum(paid_orders_refunded_later) as bigint) as paid_orders_refunded_later,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(gross_sales) as decimal(18, 4)) as gross_sales,
        cast(sum(discounts) as decimal(18, 4)) as discounts,
        cast(sum(returns) as decimal(18, 4)) as returns
    from list_orders_and_refunds
    group by 1, 2, 3, 4
)

select * from add_up_regions
