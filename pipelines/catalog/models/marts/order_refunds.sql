-- One row per order, day and currency on which money went back; from one place per order.
with add_up_refunds as (
    select
        channel_id,
        coalesce(order_id, refund_id) as order_id,
        refunded_date,
        currency,
        min(_scope) as _scope,
        sum(amount) as amount,
        sum(quantity) as quantity
    from stg_refunds
    group by 1, 2, 3, 4
),

list_orders_with_refunds as (
    select
        channel_id,
        order_id
    from add_up_refunds
    group by 1, 2
),

add_up_return_lines as (
    select
        channel_id,
        order_id,
        ordered_date as refunded_date,
        currency,
        min(_scope) as _scope,
        sum(abs(coalesce(line_amount, quantity * unit_price - coalesce(discount_amount, 0)))) as amount,
        sum(abs(quantity)) as quantity
    from stg_order_lines
    where kind = 'return'
    group by 1, 2, 3, 4
),

list_orders_with_returns as (
    select
        channel_id,
        order_id
    from add_up_return_lines
    group by 1, 2
),

take_refunds_then_lines_then_orders as (
    select
        channel_id,
        order_id,
        refunded_date,
        currency,
        _scope,
        amount,
        quantity,
        'refunds' as taken_from
    from add_up_refunds
    union all
    select
        lines.channel_id,
        lines.order_id,
        lines.refunded_date,
        lines.currency,
        lines._scope,
        lines.amount,
        lines.quantity,
        'return_lines' as taken_from
    from add_up_return_lines as lines
    left join list_orders_with_refunds as refunded
        on
            lines.channel_id = refunded.channel_id
            and lines.order_id = refunded.order_id
    where refunded.order_id is null
    union all
    select
        orders.channel_id,
        orders.order_id,
        cast(null as date) as refunded_date,
        orders.currency,
        orders._scope,
        orders.refunded_amount as amount,
        cast(null as decimal(18, 4)) as quantity,
        'orders' as taken_from
    from stg_orders as orders
    left join list_orders_with_refunds as refunded
        on
            orders.channel_id = refunded.channel_id
            and orders.order_id = refunded.order_id
    left join list_orders_with_returns as returned
        on
            orders.channel_id = returned.channel_id
            and orders.order_id = returned.order_id
    where
        orders.refunded_amount > 0
        and refunded.order_id is null
        and returned.order_id is null
),

-- Of an order without a row of its own its lines say where the buyer lives. All orders are asked: to find the refunded
-- ones first would take the whole query apart once more, past the stages that Athena allows.
find_regions_of_lines as (
    select
        channel_id,
        order_id,
        min(region) as region
    from stg_order_lines
    where region is not null
    group by 1, 2
),

add_state_of_order as (
    select
        taken.channel_id,
        taken.order_id,
        coalesce(taken.refunded_date, orders.ordered_date) as refunded_date,
        taken.currency,
        taken.taken_from,
        coalesce(orders.region, lines.region) as region,
        taken.refunded_date is not null as is_date_stated,
        coalesce(orders.status = 'cancelled' or orders.cancelled_at is not null, false) as is_cancelled,
        cast(taken.amount as decimal(18, 4)) as refunded_amount,
        cast(taken.quantity as decimal(18, 4)) as quantity,
        taken._scope
    from take_refunds_then_lines_then_orders as taken
    left join stg_orders as orders
        on
            taken.channel_id = orders.channel_id
            and taken.order_id = orders.order_id
    left join find_regions_of_lines as lines
        on
            taken.channel_id = lines.channel_id
            and taken.order_id = lines.order_id
),

add_up_days as (
    select
        channel_id,
        order_id,
        refunded_date,
        currency,
        taken_from,
        is_cancelled,
        region,
        bool_and(is_date_stated) as is_date_stated,
        cast(sum(refunded_amount) as decimal(18, 4)) as refunded_amount,
        cast(sum(case when is_cancelled then 0 else refunded_amount end) as decimal(18, 4)) as returns,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        min(_scope) as _scope
    from add_state_of_order
    group by 1, 2, 3, 4, 5, 6, 7
)

select * from add_up_days
