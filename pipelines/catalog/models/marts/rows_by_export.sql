-- One row per export, dataset and day: how many of its rows still count.
with list_rows as (
    select
        'orders' as dataset,
        source,
        _export as export,
        ordered_date as business_date
    from stg_orders
    union all
    select
        'order_lines' as dataset,
        source,
        _export as export,
        ordered_date as business_date
    from stg_order_lines
    union all
    select
        'payments' as dataset,
        source,
        _export as export,
        paid_date as business_date
    from stg_payments
    union all
    select
        'refunds' as dataset,
        source,
        _export as export,
        refunded_date as business_date
    from stg_refunds
    union all
    select
        'reviews' as dataset,
        source,
        _export as export,
        created_date as business_date
    from stg_reviews
),

count_rows as (
    select
        dataset,
        source,
        export,
        business_date,
        count(*) as live_rows
    from list_rows
    where business_date is not null
    group by 1, 2, 3, 4
)

select * from count_rows
