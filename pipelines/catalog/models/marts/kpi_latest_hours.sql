-- One row per KPI, channel and hour of the latest day of which an hour is over.
with find_latest_days as (
    select
        channel_id,
        max(business_date) as business_date
    from kpi_hourly
    where is_complete
    group by 1
),

list_same_weekdays as (
    select
        hours.kpi_id,
        hours.channel_id,
        hours.hour_of_day,
        cast(round(cast(sum(hours.value) as double) / nullif(count(hours.value), 0), 6) as decimal(20, 6)) as usual
    from kpi_hourly as hours
    inner join find_latest_days as latest
        on hours.channel_id = latest.channel_id
    where
        hours.is_complete
        and hours.is_regular
        and date_diff('day', hours.business_date, latest.business_date) in (7, 14, 21, 28)
    group by 1, 2, 3
),

compare_hours as (
    select
        hours.kpi_id,
        hours.channel_id,
        hours.business_date,
        hours.hour_of_day,
        case when hours.is_complete then hours.value end as value,
        earlier.usual
    from kpi_hourly as hours
    inner join find_latest_days as latest
        on
            hours.channel_id = latest.channel_id
            and hours.business_date = latest.business_date
    left join list_same_weekdays as earlier
        on
            hours.kpi_id = earlier.kpi_id
            and hours.channel_id = earlier.channel_id
            and hours.hour_of_day = earlier.hour_of_day
    where hours.is_regular
)

select * from compare_hours
