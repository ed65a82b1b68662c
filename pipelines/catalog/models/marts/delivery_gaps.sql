-- One row per run of days for which a channel's data are missing between days that are there.
with list_traffic_days as (
    select
        channel_id,
        business_date
    from traffic_daily
    group by 1, 2
),

find_missing_days as (
    select
        coverage.channel_id,
        coverage.dataset,
        coverage.business_date,
        coverage.is_delivered and (coverage.dataset <> 'traffic' or days.business_date is not null) as is_there,
        coverage.is_delivered
    from data_coverage as coverage
    left join list_traffic_days as days
        on
            coverage.channel_id = days.channel_id
            and coverage.business_date = days.business_date
),

number_runs as (
    select
        channel_id,
        dataset,
        business_date,
        is_there,
        is_delivered,
        sum(case when is_there then 1 else 0 end) over (
            partition by channel_id, dataset
            order by business_date
            rows between unbounded preceding and current row
        ) as days_before,
        max(case when is_there then business_date end) over (
            partition by channel_id, dataset
        ) as last_day_there
    from find_missing_days
),

-- What is missing at the very end may still come; it is late, not lost.
keep_closed_runs as (
    select
        channel_id,
        dataset,
        min(business_date) as first_day,
        max(business_date) as last_day,
        count(*) as days,
        bool_and(is_delivered) as was_delivered
    from number_runs
    where
        not is_there
        and business_date < last_day_there
    group by channel_id, dataset, days_before
)

select * from keep_closed_runs
