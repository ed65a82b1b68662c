-- One row per payment.
with read_payments as (
    select
        channel_id,
        payment_id,
        order_id,
        paid_at,
        paid_date,
        method,
        amount,
        currency,
        source,
        _export,
        _line,
        _scope
    from staged_payments
)

select * from read_payments
