-- One row per export, dataset, channel and day: how many of its rows still count.
with list_rows as (
    select
        'orders' as dataset,
        source,
        _export as export,
        channel_id,
        ordered_date as business_date
    from stg_orders
    union all
    select
        'order_lines' as dataset,
        source,
        _export as export,
        channel_id,
        ordered_date as business_date
    from stg_order_lines
    union all
    select
        'payments' as dataset,
        source,
        _export as export,
        channel_id,
        paid_date as business_date
    from stg_payments
    union all
    select
        'refunds' as dataset,
        source,
        _export as export,
        channel_id,
        refunded_date as business_date
    from stg_refunds
    union all
    select
        'reviews' as dataset,
        source,
        _export as export,
        channel_id,
        created_date as business_date
    from stg_reviews
    union all
    select
        'traffic' as dataset,
        source,
        _export as export,
        channel_id,
        traffic_date as business_date
    from stg_traffic
),

count_rows as (
    select
        dataset,
        source,
        export,
        channel_id,
        business_date,
        count(*) as live_rows
    from list_rows
    where business_date is not null
    group by 1, 2, 3, 4, 5
)

select * from count_rows
