-- One row per month of first orders, month since, and channel of the first order ('all' too).
with count_active as (
    select
        cohort_month,
        date_diff('month', cohort_month, month) as month_number,
        channel_id,
        active_customers
    from cohort_months
),

-- Everybody orders in the month of the first order: who is active in it is the cohort.
count_cohorts as (
    select
        cohort_month,
        channel_id,
        active_customers as cohort_customers
    from cohort_months
    where month = cohort_month
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
