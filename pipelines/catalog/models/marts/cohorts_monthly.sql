-- One row per month of first orders, month since, and channel of the first order ('all' too).
with name_cohorts as (
    select
        customer_ref,
        cast(date_trunc('month', first_order_date) as date) as cohort_month,
        channel_id
    from first_orders
),

list_active_months as (
    select
        coalesce(customer_links.person_ref, months.customer_ref) as customer_ref,
        months.month
    from customer_months as months
    left join customer_links
        on months.customer_ref = customer_links.identifier_ref
    where months.orders > 0
    group by 1, 2
),

count_active as (
    select
        cohorts.cohort_month,
        date_diff('month', cohorts.cohort_month, active.month) as month_number,
        cohorts.channel_id,
        count(*) as active_customers
    from list_active_months as active
    inner join name_cohorts as cohorts
        on active.customer_ref = cohorts.customer_ref
    group by 1, 2, 3
),

count_cohorts as (
    select
        cohort_month,
        channel_id,
        count(*) as cohort_customers
    from name_cohorts
    group by 1, 2
),

list_months as (
    select month
    from calendar
    group by 1
),

-- A month in which nobody came back is a row with nobody, not a missing one.
list_cells as (
    select
        cohorts.cohort_month,
        date_diff('month', cohorts.cohort_month, months.month) as month_number,
        cohorts.channel_id,
        cohorts.cohort_customers
    from count_cohorts as cohorts
    inner join list_months as months
        on cohorts.cohort_month <= months.month
),

fill_cells as (
    select
        cells.cohort_month,
        cells.month_number,
        cells.channel_id,
        cells.cohort_customers,
        coalesce(active.active_customers, 0) as active_customers
    from list_cells as cells
    left join count_active as active
        on
            cells.cohort_month = active.cohort_month
            and cells.month_number = active.month_number
            and cells.channel_id = active.channel_id
),

add_all_channels as (
    select
        cohort_month,
        month_number,
        channel_id,
        cohort_customers,
        active_customers
    from fill_cells
    union all
    select
        cohort_month,
        month_number,
        'all' as channel_id,
        cast(sum(cohort_customers) as bigint) as cohort_customers,
        cast(sum(active_customers) as bigint) as active_customers
    from fill_cells
    group by 1, 2
),

work_out_retention as (
    select
        cohort_month,
        month_number,
        channel_id,
        cohort_customers,
        active_customers,
        cast(round(cast(active_customers as double) / cohort_customers, 6) as decimal(20, 6)) as retention
    from add_all_channels
)

select * from work_out_retention
