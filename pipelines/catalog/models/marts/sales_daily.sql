-- One row per business date, channel and currency.
with add_up_orders as (
    select
        ordered_date as business_date,
        channel_id,
        currency,
        count(case when is_order then 1 end) as orders,
        count(case when is_order and is_paid then 1 end) as paid_orders,
        count(case when has_sale and is_cancelled then 1 end) as cancelled_orders,
        count(case when is_refunded and not is_cancelled then 1 end) as orders_refunded_later,
        count(case when is_refunded and is_order and is_paid then 1 end) as paid_orders_refunded_later,
        sum(case when is_order then units end) as units,
        sum(case when is_order then gross_sales end) as gross_sales,
        sum(case when is_order then discounts end) as discounts,
        sum(case when is_order then shipping end) as shipping,
        sum(case when is_order then taxes end) as taxes,
        sum(case when has_sale then paid_amount end) as paid_amount
    from order_facts
    where ordered_date is not null
    group by 1, 2, 3
),

add_up_refunds as (
    select
        refunded_date as business_date,
        channel_id,
        currency,
        count(*) as refunded_orders,
        count(case when not is_date_stated then 1 end) as refunds_without_date,
        sum(returns) as returns,
        sum(refunded_amount) as refunded_amount
    from order_refunds
    where refunded_date is not null
    group by 1, 2, 3
),

list_customers as (
    select
        business_date,
        channel_id,
        currency,
        customer_ref
    from customer_activity
    group by 1, 2, 3, 4
),

count_customers as (
    select
        business_date,
        channel_id,
        currency,
        count(*) as customers
    from list_customers
    group by 1, 2, 3
),

count_new_customers as (
    select
        first_order_date as business_date,
        channel_id,
        currency,
        count(*) as new_customers
    from first_orders
    group by 1, 2, 3
),

list_cells as (
    select
        business_date,
        channel_id,
        currency
    from add_up_orders
    union
    select
        business_date,
        channel_id,
        currency
    from add_up_refunds
),

combine_cells as (
    select
        cells.business_date,
        cells.channel_id,
        cells.currency,
        coalesce(orders.orders, 0) as orders,
        coalesce(orders.paid_orders, 0) as paid_orders,
        coalesce(orders.cancelled_orders, 0) as cancelled_orders,
        coalesce(orders.orders + orders.cancelled_orders, 0) as placed_orders,
        cast(case when orders.channel_id is null then 0 else orders.units end as decimal(18, 4)) as units,
        cast(coalesce(orders.gross_sales, 0) as decimal(18, 4)) as gross_sales,
        cast(coalesce(orders.discounts, 0) as decimal(18, 4)) as discounts,
        cast(coalesce(refunds.returns, 0) as decimal(18, 4)) as returns,
        cast(
            coalesce(orders.gross_sales, 0) - coalesce(orders.discounts, 0) - coalesce(refunds.returns, 0)
            as decimal(18, 4)
        ) as net_sales,
        cast(coalesce(orders.shipping, 0) as decimal(18, 4)) as shipping,
        cast(coalesce(orders.taxes, 0) as decimal(18, 4)) as taxes,
        cast(case when orders.channel_id is null then 0 else orders.paid_amount end as decimal(18, 4)) as paid_amount,
        cast(coalesce(refunds.refunded_amount, 0) as decimal(18, 4)) as refunded_amount,
        coalesce(refunds.refunded_orders, 0) as refunded_orders,
        coalesce(customers.customers, 0) as customers,
        coalesce(new_customers.new_customers, 0) as new_customers,
        coalesce(orders.orders_refunded_later, 0) as orders_refunded_later,
        coalesce(orders.paid_orders_refunded_later, 0) as paid_orders_refunded_later,
        coalesce(refunds.refunds_without_date, 0) as refunds_without_date
    from list_cells as cells
    left join add_up_orders as orders
        on
            cells.business_date = orders.business_date
            and cells.channel_id = orders.channel_id
            and cells.currency = orders.currency
    left join add_up_refunds as refunds
        on
            cells.business_date = refunds.business_date
            and cells.channel_id = refunds.channel_id
            and cells.currency = refunds.currency
    left join count_customers as customers
        on
            cells.business_date = customers.business_date
            and cells.channel_id = customers.channel_id
            and cells.currency = customers.currency
    left join count_new_customers as new_customers
        on
            cells.business_date = new_customers.business_date
            and cells.channel_id = new_customers.channel_id
            and cells.currency = new_customers.currency
)

select * from combine_cells
