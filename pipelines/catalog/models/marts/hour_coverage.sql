-- One row per channel and hour of the delivered days of this month and the three before.
with find_window as (
    select cast(date_add('month', -3, date_trunc('month', as_of)) as date) as first_day
    from run_settings
),

list_timed_channels as (
    select sales.channel_id
    from sales_hourly as sales
    inner join find_window on sales.business_date >= find_window.first_day
    group by 1
    having 2 * sum(sales.timed_orders) > sum(sales.placed_orders)
),

list_days as (
    select
        coverage.channel_id,
        coverage.business_date
    from data_coverage as coverage
    inner join list_timed_channels as timed
        on coverage.channel_id = timed.channel_id
    inner join find_window on coverage.business_date >= find_window.first_day
    where
        coverage.dataset in ('orders', 'order_lines')
        and (coverage.is_delivered or coverage.is_begun)
    group by 1, 2
),

list_channels_of_sources as (
    select
        dataset,
        source,
        channel_id
    from rows_by_export
    where dataset in ('orders', 'order_lines')
    group by 1, 2, 3
),

list_exports as (
    select
        fed.channel_id,
        receipts.max_date as last_day,
        max(receipts.exported_at) as exported_at
    from stg_receipts as receipts
    inner join list_channels_of_sources as fed
        on
            receipts.dataset = fed.dataset
            and receipts.source = fed.source
    inner join find_window on receipts.max_date >= find_window.first_day
    where receipts.status in ('accepted', 'partial')
    group by 1, 2
),

-- An export cannot tell of an hour that was not over when it was made.
find_ends as (
    select
        days.channel_id,
        days.business_date,
        max(exports.exported_at) as known_until
    from list_days as days
    left join list_exports as exports
        on
            days.channel_id = exports.channel_id
            and days.business_date <= exports.last_day
    group by 1, 2
),

list_local_hours as (
    select
        ends.channel_id,
        ends.business_date,
        ends.known_until,
        channels.timezone,
        cast(clock.hour_of_day as bigint) as hour_of_day,
        date_add('hour', clock.hour_of_day, cast(ends.business_date as timestamp)) as local_at
    from find_ends as ends
    inner join stg_channels as channels
        on ends.channel_id = channels.channel_id
    cross join unnest(sequence(0, 23)) as clock (hour_of_day)
),

-- An hour that the clock leaps over is in no stretch, one that it shows twice is in two.
tell_hours as (
    select
        hours.channel_id,
        date_add('minute', -offsets.offset_minutes, hours.local_at) as hour_at,
        hours.business_date,
        hours.hour_of_day,
        hours.known_until
    from list_local_hours as hours
    inner join zone_offsets as offsets
        on
            hours.timezone = offsets.timezone
            and date_add('minute', -offsets.offset_minutes, hours.local_at) >= offsets.from_at
            and date_add('minute', -offsets.offset_minutes, hours.local_at) < offsets.until_at
),

mark_delivered as (
    select
        channel_id,
        hour_at,
        business_date,
        hour_of_day,
        coalesce(date_add('hour', 1, hour_at) <= known_until, false) as is_delivered,
        count(*) over (partition by channel_id, business_date, hour_of_day) = 1 as is_regular
    from tell_hours
)

select * from mark_delivered
