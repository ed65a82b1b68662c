-- One row per order that an export of orders states.
with read_orders as (
    select
        channel_id,
        order_id,
        ordered_at,
        ordered_date,
        paid_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        status,
        customer_ref,
        region,
        currency,
        items_amount,
        shipping_amount,
        discount_amount,
        tax_amount,
        total_amount,
        paid_amount,
        refunded_amount,
        promotion_code,
        utm_source,
        utm_medium,
        utm_campaign,
        source,
        _export,
        _line,
        _scope
    from staged_orders
)

select * from read_orders
