-- One row per refund.
with read_refunds as (
    select
        channel_id,
        refund_id,
        order_id,
        line_id,
        refunded_at,
        refunded_date,
        quantity,
        amount,
        currency,
        reason,
        source,
        _export,
        _line,
        _scope
    from staged_refunds
)

select * from read_refunds
