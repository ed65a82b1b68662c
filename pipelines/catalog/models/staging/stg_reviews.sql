-- One row per review or survey answer, without its text.
with read_reviews as (
    select
        channel_id,
        review_id,
        order_id,
        product_id,
        customer_ref,
        created_at,
        created_date,
        rating,
        rating_max,
        nps,
        sentiment,
        source,
        _export,
        _line
    from staged_reviews
)

select * from read_reviews
