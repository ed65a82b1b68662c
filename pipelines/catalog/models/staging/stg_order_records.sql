-- One row per order: the record by which it is shown, of an order known by its lines alone the first of them.
with find_first_exports as (
    select
        lines.channel_id,
        lines.order_id,
        min(lines._export) as _export
    from staged_order_lines as lines
    left join staged_orders as orders
        on
            lines.channel_id = orders.channel_id
            and lines.order_id = orders.order_id
    where orders.order_id is null
    group by 1, 2
),

name_records as (
    select
        channel_id,
        order_id,
        _export,
        _line
    from staged_orders
    union all
    select
        firsts.channel_id,
        firsts.order_id,
        firsts._export,
        min(lines._line) as _line
    from find_first_exports as firsts
    inner join staged_order_lines as lines
        on
            firsts.channel_id = lines.channel_id
            and firsts.order_id = lines.order_id
            and firsts._export = lines._export
    group by 1, 2, 3
)

select * from name_records
