-- One row per line of an order; a line without a date of its own has the date of its order.
with take_dated_lines as (
    select
        channel_id,
        order_id,
        line_id,
        ordered_at,
        ordered_date,
        product_id,
        product_name,
        quantity,
        unit_price,
        discount_amount,
        line_amount,
        cost_amount,
        kind,
        customer_ref,
        region,
        currency,
        source,
        _export,
        _line,
        _scope
    from staged_order_lines
    where ordered_date is not null
),

date_lines_by_their_order as (
    select
        lines.channel_id,
        lines.order_id,
        lines.line_id,
        orders.ordered_at,
        orders.ordered_date,
        lines.product_id,
        lines.product_name,
        lines.quantity,
        lines.unit_price,
        lines.discount_amount,
        lines.line_amount,
        lines.cost_amount,
        lines.kind,
        lines.customer_ref,
        lines.region,
        lines.currency,
        lines.source,
        lines._export,
        lines._line,
        lines._scope
    from staged_order_lines as lines
    left join staged_orders as orders
        on
            lines.channel_id = orders.channel_id
            and lines.order_id = orders.order_id
    where lines.ordered_date is null
),

combine_lines as (
    select * from take_dated_lines
    union all
    select * from date_lines_by_their_order
)

select * from combine_lines
