-- One row per person with an order, as of the day of the release.
with measure_customers as (
    select
        state.customer_ref,
        state.first_order_at,
        state.last_order_at,
        state.orders,
        state.units,
        state.net_sales,
        -- Sales without an exchange rate are worth nothing to the score; the finding about the rate says so.
        coalesce(state.net_sales, 0) as scored_sales,
        state.channels,
        date_diff('day', state.last_order_date, run_settings.as_of) as recency_days
    from customer_state as state
    cross join run_settings
    where state.orders > 0
),

count_all as (
    select count(*) as customers
    from measure_customers
),

count_recency as (
    select
        recency_days,
        count(*) as customers
    from measure_customers
    group by 1
),

count_frequency as (
    select
        orders,
        count(*) as customers
    from measure_customers
    group by 1
),

count_monetary as (
    select
        scored_sales,
        count(*) as customers
    from measure_customers
    group by 1
),

-- A score is the fifth into which the share of customers with a lower value falls; equal values have equal scores.
score_recency as (
    select
        counted.recency_days,
        1 + (
            5 * coalesce(
                sum(counted.customers) over (
                    order by counted.recency_days desc rows between unbounded preceding and 1 preceding
                ),
                0
            )
        ) / count_all.customers as score
    from count_recency as counted
    cross join count_all
),

score_frequency as (
    select
        counted.orders,
        1 + (
            5 * coalesce(
                sum(counted.customers) over (
                    order by counted.orders asc rows between unbounded preceding and 1 preceding
                ),
                0
            )
        ) / count_all.customers as score
    from count_frequency as counted
    cross join count_all
),

score_monetary as (
    select
        counted.scored_sales,
        1 + (
            5 * coalesce(
                sum(counted.customers) over (
                    order by counted.scored_sales asc rows between unbounded preceding and 1 preceding
                ),
                0
            )
        ) / count_all.customers as score
    from count_monetary as counted
    cross join count_all
),

score_customers as (
    select
        measured.customer_ref,
        measured.first_order_at,
        measured.last_order_at,
        measured.orders,
        measured.units,
        measured.net_sales,
        measured.channels,
        measured.recency_days,
        cast(score_recency.score as bigint) as r_score,
        cast(score_frequency.score as bigint) as f_score,
        cast(score_monetary.score as bigint) as m_score
    from measure_customers as measured
    inner join score_recency
        on measured.recency_days = score_recency.recency_days
    inner join score_frequency
        on measured.orders = score_frequency.orders
    inner join score_monetary
        on measured.scored_sales = score_monetary.scored_sales
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
        scored.customer_ref,
        scored.first_order_at,
        scored.last_order_at,
        scored.orders,
        scored.units,
        scored.net_sales,
        scored.channels,
        scored.recency_days,
        scored.orders as frequency,
        scored.net_sales as monetary,
        scored.r_score,
        scored.f_score,
        scored.m_score,
        name_scores.segment,
        case
            when scored.m_score = 5 then 'high'
            when scored.m_score >= 3 then 'medium'
            else 'low'
        end as value_tier
    from score_customers as scored
    inner join name_scores
        on
            scored.r_score = name_scores.r_score
            and scored.f_score = name_scores.f_score
)

select * from classify_customers
