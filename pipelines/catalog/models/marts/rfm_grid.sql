-- One row per pair of recency and frequency score.
with count_cells as (
    select
        r_score,
        f_score,
        cast(sum(customers) as bigint) as customers,
        cast(sum(net_sales) as decimal(18, 4)) as net_sales
    from rfm_cells
    group by 1, 2
)

select * from count_cells
