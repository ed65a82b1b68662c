-- One row per person with an order, as of the day of the release.
with measure_customers as (
    select
        state.customer_ref,
        state.first_order_at,
        state.last_order_at,
        state.orders,
        state.units,
        state.net_sales,
        state.channels,
        date_diff('day', state.last_order_date, bounds.as_of) as recency_days,
        case
            when state.last_order_date >= bounds.recency_from_5 then 5
            when state.last_order_date >= bounds.recency_from_4 then 4
            when state.last_order_date >= bounds.recency_from_3 then 3
            when state.last_order_date >= bounds.recency_from_2 then 2
            else 1
        end as r_score,
        case
            when state.orders >= bounds.frequency_from_5 then 5
            when state.orders >= bounds.frequency_from_4 then 4
            when state.orders >= bounds.frequency_from_3 then 3
            when state.orders >= bounds.frequency_from_2 then 2
            else 1
        end as f_score,
        case
            when coalesce(state.net_sales, 0) >= bounds.monetary_from_5 then 5
            when coalesce(state.net_sales, 0) >= bounds.monetary_from_4 then 4
            when coalesce(state.net_sales, 0) >= bounds.monetary_from_3 then 3
            when coalesce(state.net_sales, 0) >= bounds.monetary_from_2 then 2
            else 1
        end as m_score
    from customer_state as state
    cross join rfm_bounds as bounds
    where state.orders > 0
),

name_scores as (
    select
        recency.score as r_score,
        frequency.score as f_score,
        rfm_segments.segment
    from (values (1), (2), (3), (4), (5)) as recency (score)
    cross join (values (1), (2), (3), (4), (5)) as frequency (score)
    inner join rfm_segments
        on
            recency.score between rfm_segments.r_from and rfm_segments.r_to
            and frequency.score between rfm_segments.f_from and rfm_segments.f_to
),

classify_customers as (
    select
        measured.customer_ref,
        measured.first_order_at,
        measured.last_order_at,
        measured.orders,
        measured.units,
        measured.net_sales,
        measured.channels,
        cast(measured.recency_days as bigint) as recency_days,
        measured.orders as frequency,
        measured.net_sales as monetary,
        cast(measured.r_score as bigint) as r_score,
        cast(measured.f_score as bigint) as f_score,
        cast(measured.m_score as bigint) as m_score,
        name_scores.segment,
        cast(
            case
                when measured.m_score = 5 then 'high'
                when measured.m_score >= 3 then 'medium'
                else 'low'
            end as varchar
        ) as value_tier
    from measure_customers as measured
    inner join name_scores
        on
            measured.r_score = name_scores.r_score
            and measured.f_score = name_scores.f_score
)

select * from classify_customers
