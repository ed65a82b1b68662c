-- One row per order of a known person.
with name_persons as (
    select
        orders.ordered_date as business_date,
        orders.channel_id,
        orders.currency,
        orders.order_id,
        coalesce(links.person_ref, orders.customer_ref) as customer_ref
    from order_facts as orders
    left join customer_links_monthly as links
        on
            orders.customer_ref = links.customer_ref
            and cast(date_trunc('month', orders.ordered_date) as date) = links.month
    where
        orders.is_order
        and orders.customer_ref is not null
        and orders.ordered_date is not null
),

add_first_order as (
    select
        active.business_date,
        active.channel_id,
        active.currency,
        active.order_id,
        active.customer_ref,
        first_orders.first_order_date
    from name_persons as active
    left join first_orders
        on active.customer_ref = first_orders.customer_ref
)

select * from add_first_order
