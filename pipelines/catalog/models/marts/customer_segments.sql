-- One row per customer segment.
with count_all as (
    select
        sum(customers) as customers,
        sum(net_sales) as net_sales
    from rfm_cells
),

add_up_segments as (
    select
        segment,
        cast(sum(customers) as bigint) as customers,
        cast(sum(net_sales) as decimal(18, 4)) as net_sales,
        sum(recency_days) as recency_days,
        sum(orders) as orders
    from rfm_cells
    group by 1
),

name_segments as (
    select
        segments.segment,
        segments.label_zh,
        segments.label_en,
        segments.description_zh,
        segments.description_en,
        segments.position,
        coalesce(added.customers, 0) as customers,
        cast(
            round(cast(coalesce(added.customers, 0) as double) / nullif(count_all.customers, 0), 6) as decimal(20, 6)
        ) as customer_share,
        added.net_sales,
        cast(
            round(cast(added.net_sales as double) / nullif(cast(count_all.net_sales as double), 0e0), 6)
            as decimal(20, 6)
        ) as net_sales_share,
        cast(round(cast(added.recency_days as double) / added.customers, 6) as decimal(20, 6)) as mean_recency_days,
        cast(round(cast(added.orders as double) / added.customers, 6) as decimal(20, 6)) as mean_orders,
        cast(round(cast(added.net_sales as double) / added.customers, 6) as decimal(20, 6)) as mean_monetary
    from rfm_segments as segments
    cross join count_all
    left join add_up_segments as added
        on segments.segment = added.segment
)

select * from name_segments
