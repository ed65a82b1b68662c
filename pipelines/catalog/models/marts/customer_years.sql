-- One row per year, channel, currency and customer pseudonym as it stands on the orders.
with add_up_months as (
    select
        cast(date_trunc('year', month) as date) as year,
        channel_id,
        currency,
        customer_ref,
        cast(sum(orders) as bigint) as orders,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(net_sales) as decimal(18, 4)) as net_sales,
        cast(sum(orders_without_rate) as bigint) as orders_without_rate,
        min(first_order_date) as first_order_date,
        min(first_order_at) as first_order_at,
        max(last_order_date) as last_order_date,
        max(last_order_at) as last_order_at
    from customer_months
    group by 1, 2, 3, 4
)

select * from add_up_months
