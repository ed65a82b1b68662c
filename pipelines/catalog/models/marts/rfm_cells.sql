-- One row per triple of recency, frequency and money score: everything that is counted of persons, added up once.
with count_cells as (
    select
        r_score,
        f_score,
        m_score,
        segment,
        value_tier,
        count(*) as customers,
        count(case when recency_days < 365 then 1 end) as active_customers,
        count(case when orders >= 2 then 1 end) as returning_customers,
        count(case when channels >= 2 then 1 end) as channel_customers,
        cast(sum(orders) as bigint) as orders,
        cast(sum(monetary) as decimal(18, 4)) as net_sales,
        cast(sum(recency_days) as bigint) as recency_days
    from customer_360
    group by 1, 2, 3, 4, 5
)

select * from count_cells
