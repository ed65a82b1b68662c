-- One row per month, channel, currency and customer pseudonym as it stands on the orders.
with convert_orders as (
    select
        cast(date_trunc('month', orders.ordered_date) as date) as month,
        orders.channel_id,
        orders.currency,
        orders.customer_ref,
        orders.ordered_date,
        coalesce(orders.ordered_at, cast(orders.ordered_date as timestamp)) as ordered_at,
        orders.is_order,
        case when orders.is_order then orders.units end as units,
        case
            when orders.is_order then orders.gross_sales - orders.discounts - orders.refunded_amount
            else -orders.refunded_amount
        end as net_amount,
        fx_daily.rate
    from order_facts as orders
    left join fx_daily
        on
            orders.currency = fx_daily.currency
            and orders.ordered_date = fx_daily.day
    where
        orders.customer_ref is not null
        and orders.ordered_date is not null
        and not orders.is_cancelled
),

add_up_customers as (
    select
        month,
        channel_id,
        currency,
        customer_ref,
        count(case when is_order then 1 end) as orders,
        cast(sum(units) as decimal(18, 4)) as units,
        cast(
            sum(
                case
                    when rate = 1e0 then net_amount
                    else cast(round(cast(net_amount as double) * rate, 4) as decimal(18, 4))
                end
            ) as decimal(18, 4)
        ) as net_sales,
        count(case when rate is null and net_amount <> 0 then 1 end) as orders_without_rate,
        min(case when is_order then ordered_date end) as first_order_date,
        min(case when is_order then ordered_at end) as first_order_at,
        max(case when is_order then ordered_date end) as last_order_date,
        max(case when is_order then ordered_at end) as last_order_at
    from convert_orders
    group by 1, 2, 3, 4
)

select * from add_up_customers
