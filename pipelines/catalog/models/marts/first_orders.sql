-- One row per person with an order.
with name_persons as (
    select
        coalesce(customer_links.person_ref, months.customer_ref) as customer_ref,
        -- One text that orders by day, then second, then channel: its minimum is the first order without a tie.
        concat(
            cast(months.first_order_date as varchar),
            '|',
            cast(cast(floor(to_unixtime(months.first_order_at)) as bigint) + 100000000000 as varchar),
            '|',
            months.channel_id,
            '|',
            months.currency
        ) as order_key,
        months.first_order_at
    from customer_months as months
    left join customer_links
        on months.customer_ref = customer_links.identifier_ref
    where months.orders > 0
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
