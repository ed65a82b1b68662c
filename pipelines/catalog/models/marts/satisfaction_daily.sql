-- One row per business date and channel.
with read_scales as (
    select
        created_date as business_date,
        channel_id,
        rating,
        case when rating is not null then coalesce(rating_max, 5) end as rating_max,
        nps,
        sentiment
    from stg_reviews
    where created_date is not null
),

add_up_reviews as (
    select
        business_date,
        channel_id,
        count(*) as reviews,
        count(rating) as ratings,
        cast(coalesce(sum(rating), 0) as decimal(18, 4)) as rating_sum,
        cast(coalesce(sum(rating_max), 0) as decimal(18, 4)) as rating_max_sum,
        count(case when rating * 5 >= rating_max * 4 then 1 end) as top_ratings,
        count(nps) as nps_answers,
        count(case when nps >= 9 then 1 end) as promoters,
        count(case when nps <= 6 then 1 end) as detractors,
        count(case when sentiment = 'negative' or rating * 5 <= rating_max * 2 then 1 end) as negative_reviews
    from read_scales
    group by 1, 2
)

select * from add_up_reviews
