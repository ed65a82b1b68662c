-- One row per action of a visitor.
with read_events as (
    select
        channel_id,
        event_id,
        occurred_at,
        occurred_date,
        visitor_ref,
        kind,
        product_id,
        category_id,
        amount,
        source,
        _export,
        _line
    from staged_events
)

select * from read_events
