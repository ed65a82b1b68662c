-- One row per order, known by a row of its own or by its lines alone.
with add_up_lines as (
    select
        channel_id,
        order_id,
        min(_scope) as _scope,
        min(ordered_at) as ordered_at,
        min(ordered_date) as ordered_date,
        min(currency) as currency,
        min(customer_ref) as customer_ref,
        min(region) as region,
        count(*) as order_lines,
        count(case when kind = 'sale' then 1 end) as sale_lines,
        sum(case when kind = 'sale' then quantity end) as units,
        sum(
            case when kind = 'sale' then coalesce(quantity * unit_price, line_amount + coalesce(discount_amount, 0)) end
        ) as gross_sales,
        sum(case when kind = 'sale' then discount_amount end) as discounts,
        sum(case when kind = 'sale' then cost_amount end) as cost
    from stg_order_lines
    group by 1, 2
),

add_up_payments as (
    select
        channel_id,
        order_id,
        sum(amount) as paid_amount
    from stg_payments
    where order_id is not null
    group by 1, 2
),

add_up_refunds as (
    select
        channel_id,
        order_id,
        sum(refunded_amount) as refunded_amount
    from order_refunds
    group by 1, 2
),

join_orders_with_lines as (
    select
        coalesce(orders.channel_id, lines.channel_id) as channel_id,
        coalesce(orders.order_id, lines.order_id) as order_id,
        coalesce(orders._scope, lines._scope) as _scope,
        coalesce(orders.ordered_at, lines.ordered_at) as ordered_at,
        coalesce(orders.ordered_date, lines.ordered_date) as ordered_date,
        coalesce(orders.currency, lines.currency) as currency,
        coalesce(orders.customer_ref, lines.customer_ref) as customer_ref,
        coalesce(orders.region, lines.region) as region,
        orders.status,
        orders.paid_at,
        orders.shipped_at,
        orders.delivered_at,
        orders.cancelled_at,
        orders.promotion_code,
        orders.utm_source,
        orders.utm_medium,
        orders.utm_campaign,
        coalesce(orders.status = 'cancelled' or orders.cancelled_at is not null, false) as is_cancelled,
        case
            when lines.order_id is not null then lines.sale_lines > 0
            else coalesce(orders.items_amount, orders.total_amount) is not null
        end as has_sale,
        coalesce(lines.order_lines, 0) as order_lines,
        coalesce(lines.sale_lines, 0) as sale_lines,
        case when lines.order_id is not null then coalesce(lines.units, 0) end as units,
        case
            when lines.order_id is not null then lines.gross_sales
            else coalesce(orders.items_amount, orders.total_amount)
        end as gross_sales,
        case
            when lines.order_id is null and orders.items_amount is null then 0
            else coalesce(orders.discount_amount, lines.discounts)
        end as discounts,
        lines.cost,
        orders.shipping_amount,
        orders.tax_amount,
        orders.paid_amount
    from stg_orders as orders
    full outer join add_up_lines as lines
        on
            orders.channel_id = lines.channel_id
            and orders.order_id = lines.order_id
),

add_payments_and_refunds as (
    select
        placed.channel_id,
        placed.order_id,
        placed.ordered_at,
        placed.ordered_date,
        placed.currency,
        placed.customer_ref,
        placed.region,
        placed.status,
        placed.paid_at,
        placed.shipped_at,
        placed.delivered_at,
        placed.cancelled_at,
        placed.promotion_code,
        placed.utm_source,
        placed.utm_medium,
        placed.utm_campaign,
        placed.has_sale,
        placed.is_cancelled,
        placed.has_sale and not placed.is_cancelled as is_order,
        coalesce(
            placed.paid_at is not null
            or coalesce(payments.paid_amount, placed.paid_amount) > 0
            or placed.status in ('paid', 'shipped', 'delivered', 'completed'),
            false
        ) as is_paid,
        coalesce(refunds.refunded_amount > 0, false) as is_refunded,
        placed.order_lines,
        placed.sale_lines,
        cast(placed.units as decimal(18, 4)) as units,
        cast(coalesce(placed.gross_sales, 0) as decimal(18, 4)) as gross_sales,
        cast(coalesce(placed.discounts, 0) as decimal(18, 4)) as discounts,
        cast(coalesce(placed.shipping_amount, 0) as decimal(18, 4)) as shipping,
        cast(coalesce(placed.tax_amount, 0) as decimal(18, 4)) as taxes,
        cast(placed.cost as decimal(18, 4)) as cost,
        cast(coalesce(payments.paid_amount, placed.paid_amount) as decimal(18, 4)) as paid_amount,
        cast(coalesce(refunds.refunded_amount, 0) as decimal(18, 4)) as refunded_amount,
        placed._scope
    from join_orders_with_lines as placed
    left join add_up_payments as payments
        on
            placed.channel_id = payments.channel_id
            and placed.order_id = payments.order_id
    left join add_up_refunds as refunds
        on
            placed.channel_id = refunds.channel_id
            and placed.order_id = refunds.order_id
)

select * from add_payments_and_refunds
