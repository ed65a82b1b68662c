-- One row per release: its day, and from which value on a person has each score.
with measure_customers as (
    select
        last_order_date,
        orders,
        -- Sales without an exchange rate are worth nothing to the score; the finding about the rate says so.
        coalesce(net_sales, 0) as scored_sales
    from customer_state
    where orders > 0
),

count_all as (
    select count(*) as customers
    from measure_customers
),

count_recency as (
    select
        last_order_date,
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
        counted.last_order_date,
        1 + (
            5 * coalesce(
                sum(counted.customers) over (
                    order by counted.last_order_date asc rows between unbounded preceding and 1 preceding
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

-- Where nobody has a score, a higher one begins at the same value.
bound_recency as (
    select
        min(case when score >= 2 then last_order_date end) as recency_from_2,
        min(case when score >= 3 then last_order_date end) as recency_from_3,
        min(case when score >= 4 then last_order_date end) as recency_from_4,
        min(case when score >= 5 then last_order_date end) as recency_from_5
    from score_recency
),

bound_frequency as (
    select
        min(case when score >= 2 then orders end) as frequency_from_2,
        min(case when score >= 3 then orders end) as frequency_from_3,
        min(case when score >= 4 then orders end) as frequency_from_4,
        min(case when score >= 5 then orders end) as frequency_from_5
    from score_frequency
),

bound_monetary as (
    select
        min(case when score >= 2 then scored_sales end) as monetary_from_2,
        min(case when score >= 3 then scored_sales end) as monetary_from_3,
        min(case when score >= 4 then scored_sales end) as monetary_from_4,
        min(case when score >= 5 then scored_sales end) as monetary_from_5
    from score_monetary
),

combine_bounds as (
    select
        run_settings.as_of,
        recency.recency_from_2,
        recency.recency_from_3,
        recency.recency_from_4,
        recency.recency_from_5,
        frequency.frequency_from_2,
        frequency.frequency_from_3,
        frequency.frequency_from_4,
        frequency.frequency_from_5,
        cast(monetary.monetary_from_2 as decimal(18, 4)) as monetary_from_2,
        cast(monetary.monetary_from_3 as decimal(18, 4)) as monetary_from_3,
        cast(monetary.monetary_from_4 as decimal(18, 4)) as monetary_from_4,
        cast(monetary.monetary_from_5 as decimal(18, 4)) as monetary_from_5
    from run_settings
    cross join bound_recency as recency
    cross join bound_frequency as frequency
    cross join bound_monetary as monetary
)

select * from combine_bounds
