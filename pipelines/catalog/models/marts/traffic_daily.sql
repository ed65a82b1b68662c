-- One row per business date and channel.
with add_up_slice as (
    select
        traffic_date as business_date,
        channel_id,
        min(report_slice) as report_slice,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(case when report_slice = 'total' then visitors end) as bigint) as visitors,
        cast(sum(case when report_slice = 'total' then new_visitors end) as bigint) as new_visitors,
        cast(sum(page_views) as bigint) as page_views,
        cast(sum(product_views) as bigint) as product_views,
        cast(sum(add_to_carts) as bigint) as add_to_carts,
        cast(sum(checkouts) as bigint) as checkouts,
        cast(sum(bounced_sessions) as bigint) as bounced_sessions
    from stg_traffic
    group by 1, 2
)

select * from add_up_slice
