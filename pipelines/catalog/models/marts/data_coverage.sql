-- One row per channel, dataset and day on which something was to be delivered.
with list_channels_of_sources as (
    select
        dataset,
        source,
        channel_id,
        min(business_date) as first_day
    from rows_by_export
    group by 1, 2, 3
),

-- A file that serves several channels covers its days for each of them.
list_exports as (
    select
        fed.channel_id,
        receipts.dataset,
        receipts.min_date as first_day,
        receipts.max_date as last_day,
        date_add('minute', offsets.offset_minutes, receipts.exported_at) as exported_at
    from stg_receipts as receipts
    inner join list_channels_of_sources as fed
        on
            receipts.dataset = fed.dataset
            and receipts.source = fed.source
    left join stg_channels as channels
        on fed.channel_id = channels.channel_id
    left join zone_offsets as offsets
        on
            channels.timezone = offsets.timezone
            and receipts.exported_at >= offsets.from_at
            and receipts.exported_at < offsets.until_at
    where
        receipts.status in ('accepted', 'partial')
        and receipts.max_date >= fed.first_day
),

-- A day on which the export was made was not over. Midnight sharp is the day alone: it does not say when on it.
mark_open_days as (
    select
        channel_id,
        dataset,
        first_day,
        last_day,
        coalesce(
            cast(exported_at as date) = last_day
            and exported_at > cast(last_day as timestamp),
            false
        ) as is_last_day_open
    from list_exports
),

list_deliveries as (
    select
        channel_id,
        dataset,
        first_day,
        case
            when is_last_day_open then cast(date_add('day', -1, last_day) as date)
            else last_day
        end as last_day
    from mark_open_days
    group by 1, 2, 3, 4
),

list_open_days as (
    select
        channel_id,
        dataset,
        last_day as day
    from mark_open_days
    where is_last_day_open
    group by 1, 2, 3
),

order_deliveries as (
    select
        channel_id,
        dataset,
        first_day,
        last_day,
        date_diff('day', first_day, last_day) + 1 as days,
        max(last_day) over (
            partition by channel_id, dataset
            order by first_day asc, last_day asc
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from list_deliveries
),

-- A weekly file of a shop that rests on Sundays ends on Saturday: a gap that is short against the file after it is
-- rest, not a missing file.
bridge_rest_days as (
    select
        channel_id,
        dataset,
        case
            when date_diff('day', covered_until, first_day) - 1 between 1 and days / 4
                then cast(date_add('day', 1, covered_until) as date)
            else first_day
        end as first_day,
        last_day
    from order_deliveries
),

find_ends as (
    select
        delivered.channel_id,
        delivered.dataset,
        min(fed.first_day) as first_day,
        max(delivered.last_day) as last_day
    from list_deliveries as delivered
    inner join list_channels_of_sources as fed
        on
            delivered.channel_id = fed.channel_id
            and delivered.dataset = fed.dataset
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
        bridged.channel_id,
        bridged.dataset,
        calendar.day
    from bridge_rest_days as bridged
    inner join calendar
        on calendar.day between bridged.first_day and bridged.last_day
    group by 1, 2, 3
),

mark_delivered as (
    select
        expected.channel_id,
        expected.dataset,
        expected.day as business_date,
        delivered.day is not null as is_delivered,
        delivered.day is null and opened.day is not null as is_begun
    from list_expected_days as expected
    left join list_delivered_days as delivered
        on
            expected.channel_id = delivered.channel_id
            and expected.dataset = delivered.dataset
            and expected.day = delivered.day
    left join list_open_days as opened
        on
            expected.channel_id = opened.channel_id
            and expected.dataset = opened.dataset
            and expected.day = opened.day
)

select * from mark_delivered
