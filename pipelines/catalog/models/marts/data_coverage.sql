-- One row per channel, dataset and day on which something was to be delivered.
with list_deliveries as (
    select
        channel_id,
        dataset,
        min_date,
        max_date
    from stg_receipts
    where
        status in ('accepted', 'partial')
        and channel_id is not null
        and min_date is not null
    group by 1, 2, 3, 4
),

find_ends as (
    select
        channel_id,
        dataset,
        min(min_date) as first_day,
        max(max_date) as last_day
    from list_deliveries
    group by 1, 2
),

-- Who has not delivered for two months is taken to have ended, so that it does not hold up the others for ever.
list_expected_days as (
    select
        ends.channel_id,
        ends.dataset,
        calendar.day
    from find_ends as ends
    cross join run_settings
    inner join calendar
        on
            ends.first_day <= calendar.day
            and case
                when date_diff('day', ends.last_day, run_settings.as_of) <= 62 then run_settings.as_of
                else ends.last_day
            end >= calendar.day
),

list_delivered_days as (
    select
        deliveries.channel_id,
        deliveries.dataset,
        calendar.day
    from list_deliveries as deliveries
    inner join calendar
        on calendar.day between deliveries.min_date and deliveries.max_date
    group by 1, 2, 3
),

mark_delivered as (
    select
        expected.channel_id,
        expected.dataset,
        expected.day as business_date,
        delivered.day is not null as is_delivered
    from list_expected_days as expected
    left join list_delivered_days as delivered
        on
            expected.channel_id = delivered.channel_id
            and expected.dataset = delivered.dataset
            and expected.day = delivered.day
)

select * from mark_delivered
