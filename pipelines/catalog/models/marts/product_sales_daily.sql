-- One row per business date, channel, currency and product of which anything was sold.
with add_up_products as (
    select
        orders.ordered_date as business_date,
        orders.channel_id,
        orders.currency,
        coalesce(lines.product_id, '(unknown)') as product_id,
        count(*) as order_lines,
        cast(sum(lines.quantity) as decimal(18, 4)) as units,
        cast(
            sum(
                coalesce(
                    lines.quantity * lines.unit_price, lines.line_amount + coalesce(lines.discount_amount, 0)
                )
            ) as decimal(18, 4)
        ) as gross_sales
    from stg_order_lines as lines
    inner join order_facts as orders
        on
            lines.channel_id = orders.channel_id
            and lines.order_id = orders.order_id
            and date_trunc('month', lines.ordered_date) = date_trunc('month', orders.ordered_date)
    where
        lines.kind = 'sale'
        and orders.is_order
        and orders.ordered_date is not null
    group by 1, 2, 3, 4
)

select * from add_up_products
