-- One row per business date, channel, currency and member of a dimension: large members by name, the others together.
with list_sold_products as (
    select
        business_date,
        channel_id,
        currency,
        product_id as member,
        order_lines as volume,
        units,
        gross_sales
    from product_sales_daily
),

list_regions as (
    select
        business_date,
        channel_id,
        currency,
        region as member,
        known_orders as volume,
        orders,
        paid_orders,
        cancelled_orders,
        orders_refunded_later,
        paid_orders_refunded_later,
        units,
        gross_sales,
        discounts,
        returns
    from region_sales_daily
),

-- What no line says belongs to no product: orders without lines, and lines of another month than their order.
take_what_products_leave as (
    select
        business_date,
        channel_id,
        currency,
        sum(units) as units,
        sum(gross_sales) as gross_sales
    from (
        select
            business_date,
            channel_id,
            currency,
            units,
            gross_sales
        from list_regions
        union all
        select
            business_date,
            channel_id,
            currency,
            -units as units,
            -gross_sales as gross_sales
        from list_sold_products
    ) as both_sides
    group by 1, 2, 3
),

-- By product neither refunds nor discounts are known: most exports state them of the order.
combine_members as (
    select
        'region' as dimension,
        business_date,
        channel_id,
        currency,
        member,
        volume,
        orders,
        paid_orders,
        cancelled_orders,
        orders_refunded_later,
        paid_orders_refunded_later,
        units,
        gross_sales,
        discounts,
        returns
    from list_regions
    union all
    select
        'product' as dimension,
        business_date,
        channel_id,
        currency,
        member,
        volume,
        null as orders,
        null as paid_orders,
        null as cancelled_orders,
        null as orders_refunded_later,
        null as paid_orders_refunded_later,
        units,
        gross_sales,
        null as discounts,
        null as returns
    from list_sold_products
    union all
    select
        'product' as dimension,
        business_date,
        channel_id,
        currency,
        '(unknown)' as member,
        0 as volume,
        null as orders,
        null as paid_orders,
        null as cancelled_orders,
        null as orders_refunded_later,
        null as paid_orders_refunded_later,
        units,
        gross_sales,
        null as discounts,
        null as returns
    from take_what_products_leave
    where units <> 0 or gross_sales <> 0
),

count_volumes as (
    select
        channel_id,
        dimension,
        member,
        cast(date_trunc('month', business_date) as date) as month,
        sum(volume) as volume
    from combine_members
    where member <> '(unknown)'
    group by 1, 2, 3, 4
),

-- A member that collapses this month was large in the month before.
look_at_two_months as (
    select
        channel_id,
        dimension,
        member,
        month,
        sum(volume) as volume
    from (
        select
            channel_id,
            dimension,
            member,
            month,
            volume
        from count_volumes
        union all
        select
            channel_id,
            dimension,
            member,
            cast(date_add('month', 1, month) as date) as month,
            volume
        from count_volumes
    ) as two_months
    group by 1, 2, 3, 4
),

rank_members as (
    select
        channel_id,
        dimension,
        member,
        month,
        row_number() over (
            partition by channel_id, dimension, month
            order by volume desc, member asc
        ) as place
    from look_at_two_months
),

-- Who is named in one channel is named in all, so that the channels add up.
name_members as (
    select
        dimension,
        member,
        month
    from rank_members
    where place <= 50
    group by 1, 2, 3
),

add_up_members as (
    select
        members.business_date,
        members.channel_id,
        members.currency,
        members.dimension,
        case
            when members.member = '(unknown)' or named.member is not null then members.member
            else '(other)'
        end as member,
        cast(sum(members.orders) as bigint) as orders,
        cast(sum(members.paid_orders) as bigint) as paid_orders,
        cast(sum(members.cancelled_orders) as bigint) as cancelled_orders,
        cast(sum(members.orders + members.cancelled_orders) as bigint) as placed_orders,
        cast(sum(members.orders_refunded_later) as bigint) as orders_refunded_later,
        cast(sum(members.paid_orders_refunded_later) as bigint) as paid_orders_refunded_later,
        -- Where money went back and nothing was ordered, nothing was sold.
        cast(
            case
                when members.dimension = 'region' and max(members.volume) = 0 then 0
                else sum(members.units)
            end as decimal(18, 4)
        ) as units,
        cast(sum(members.gross_sales) as decimal(18, 4)) as gross_sales,
        cast(sum(members.discounts) as decimal(18, 4)) as discounts,
        cast(sum(members.returns) as decimal(18, 4)) as returns,
        cast(sum(members.gross_sales) - sum(members.discounts) - sum(members.returns) as decimal(18, 4)) as net_sales
    from combine_members as members
    left join name_members as named
        on
            members.dimension = named.dimension
            and members.member = named.member
            and cast(date_trunc('month', members.business_date) as date) = named.month
    group by 1, 2, 3, 4, 5
)

select * from add_up_members
