-- One row per pair of recency and frequency score.
with count_cells as (
    select
        r_score,
        f_score,
        count(*) as customers,
        cast(sum(monetary) as decimal(18, 4)) as net_sales
    from customer_360
    group by 1, 2
)

select * from count_cells
