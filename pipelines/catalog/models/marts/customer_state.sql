-- One row per person.
with name_persons as (
    select
        coalesce(customer_links.person_ref, years.customer_ref) as customer_ref,
        years.channel_id,
        years.orders,
        years.units,
        years.net_sales,
        years.orders_without_rate,
        years.first_order_date,
        years.first_order_at,
        years.last_order_date,
        years.last_order_at
    from customer_years as years
    left join customer_links
        on years.customer_ref = customer_links.identifier_ref
),

add_up_channels as (
    select
        customer_ref,
        channel_id,
        sum(orders) as orders,
        sum(units) as units,
        sum(net_sales) as net_sales,
        sum(orders_without_rate) as orders_without_rate,
        min(first_order_date) as first_order_date,
        min(first_order_at) as first_order_at,
        max(last_order_date) as last_order_date,
        max(last_order_at) as last_order_at
    from name_persons
    group by 1, 2
),

add_up_persons as (
    select
        customer_ref,
        cast(sum(orders) as bigint) as orders,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(sum(net_sales) as decimal(18, 4)) as net_sales,
        cast(sum(orders_without_rate) as bigint) as orders_without_rate,
        count(case when orders > 0 then 1 end) as channels,
        min(first_order_date) as first_order_date,
        min(first_order_at) as first_order_at,
        max(last_order_date) as last_order_date,
        max(last_order_at) as last_order_at
    from add_up_channels
    group by 1
)

select * from add_up_persons
