-- One row per value tier.
with name_tiers as (
    select
        value_tier,
        cast(position as bigint) as position,
        label_en,
        label_zh
    from (
        values
        ('high', 1, 'High value', '高价值'),
        ('medium', 2, 'Medium value', '中价值'),
        ('low', 3, 'Low value', '低价值')
    ) as tiers (value_tier, position, label_en, label_zh)
),

count_all as (
    select
        sum(customers) as customers,
        sum(net_sales) as net_sales
    from rfm_cells
),

add_up_tiers as (
    select
        value_tier,
        cast(sum(customers) as bigint) as customers,
        cast(sum(net_sales) as decimal(18, 4)) as net_sales
    from rfm_cells
    group by 1
),

work_out_shares as (
    select
        tiers.value_tier,
        tiers.label_zh,
        tiers.label_en,
        tiers.position,
        coalesce(added.customers, 0) as customers,
        cast(
            round(cast(coalesce(added.customers, 0) as double) / nullif(count_all.customers, 0), 6) as decimal(20, 6)
        ) as customer_share,
        added.net_sales,
        cast(
            round(cast(added.net_sales as double) / nullif(cast(count_all.net_sales as double), 0e0), 6)
            as decimal(20, 6)
        ) as net_sales_share
    from name_tiers as tiers
    cross join count_all
    left join add_up_tiers as added
        on tiers.value_tier = added.value_tier
)

select * from work_out_shares
