-- One row per person with an order.
with name_persons as (
    select
        coalesce(customer_links.person_ref, years.customer_ref) as customer_ref,
        -- One text that orders by day, then second, then channel: its minimum is the first order without a tie.
        concat(
            cast(years.first_order_date as varchar),
            '|',
            cast(cast(floor(to_unixtime(years.first_order_at)) as bigint) + 100000000000 as varchar),
            '|',
            years.channel_id,
            '|',
            years.currency
        ) as order_key,
        years.first_order_at
    from customer_years as years
    left join customer_links
        on years.customer_ref = customer_links.identifier_ref
    where years.orders > 0
),

find_first as (
    select
        customer_ref,
        min(order_key) as order_key,
        min(first_order_at) as first_order_at
    from name_persons
    group by 1
),

read_key as (
    select
        customer_ref,
        cast(substr(order_key, 1, 10) as date) as first_order_date,
        first_order_at,
        split_part(order_key, '|', 3) as channel_id,
        split_part(order_key, '|', 4) as currency
    from find_first
)

select * from read_key
