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

add_up_regions as (
    select
        ordered_date as business_date,
        channel_id,
        currency,
        coalesce(region, '(unknown)') as member,
        count(*) as volume,
        count(case when is_order then 1 end) as orders,
        count(case when is_order and is_paid then 1 end) as paid_orders,
        count(case when has_sale and is_cancelled then 1 end) as cancelled_orders,
        count(case when is_refunded and not is_cancelled then 1 end) as orders_refunded_later,
        count(case when is_refunded and is_order and is_paid then 1 end) as paid_orders_refunded_later,
        sum(case when is_order then units end) as units,
        coalesce(sum(case when is_order then gross_sales end), 0) as gross_sales,
        coalesce(sum(case when is_order then discounts end), 0) as discounts
    from order_facts
    where ordered_date is not null
    group by 1, 2, 3, 4
),

-- Refunds stand on their own day. By product they are not known: most exports state them, and discounts, of the order.
add_up_region_refunds as (
    select
        refunded_date as business_date,
        channel_id,
        currency,
        coalesce(region, '(unknown)') as member,
        sum(returns) as returns
    from order_refunds
    where refunded_date is not null
    group by 1, 2, 3, 4
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
        from add_up_regions
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
        0 as returns
    from add_up_regions
    union all
    select
        'region' as dimension,
        business_date,
        channel_id,
        currency,
        member,
        0 as volume,
        0 as orders,
        0 as paid_orders,
        0 as cancelled_orders,
        0 as orders_refunded_later,
        0 as paid_orders_refunded_later,
        null as units,
        0 as gross_sales,
        0 as discounts,
        returns
    from add_up_region_refunds
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
