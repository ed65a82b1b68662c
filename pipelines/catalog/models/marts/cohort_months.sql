-- One row per month, cohort and channel of the first order that had an active customer.
with list_active_customers as (
    select
        months.month,
        coalesce(links.person_ref, months.customer_ref) as customer_ref
    from customer_months as months
    left join customer_links_monthly as links
        on
            months.customer_ref = links.customer_ref
            and months.month = links.month
    where months.orders > 0
    group by 1, 2
),

count_active_customers as (
    select
        active.month,
        cast(date_trunc('month', first_orders.first_order_date) as date) as cohort_month,
        first_orders.channel_id,
        count(*) as active_customers
    from list_active_customers as active
    inner join first_orders
        on active.customer_ref = first_orders.customer_ref
    group by 1, 2, 3
)

select * from count_active_customers
