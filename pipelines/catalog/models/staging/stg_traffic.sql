-- One row per channel, day and member of the one slice that feeds totals.
with count_members as (
    select
        channel_id,
        traffic_date,
        report_slice,
        count(*) as members
    from staged_traffic
    group by 1, 2, 3
),

rank_slices as (
    select
        channel_id,
        traffic_date,
        report_slice,
        row_number() over (
            partition by channel_id, traffic_date
            order by
                case when report_slice = 'total' then 0 else 1 end asc,
                members desc,
                report_slice asc
        ) as preference
    from count_members
),

keep_one_slice as (
    select
        traffic.channel_id,
        traffic.traffic_date,
        traffic.report_slice,
        traffic.slice_value,
        traffic.sessions,
        traffic.visitors,
        traffic.new_visitors,
        traffic.page_views,
        traffic.product_views,
        traffic.add_to_carts,
        traffic.checkouts,
        traffic.orders,
        traffic.bounced_sessions,
        traffic.engaged_seconds,
        traffic.source,
        traffic._export,
        traffic._line
    from staged_traffic as traffic
    inner join rank_slices
        on
            traffic.channel_id = rank_slices.channel_id
            and traffic.traffic_date = rank_slices.traffic_date
            and traffic.report_slice = rank_slices.report_slice
            and rank_slices.preference = 1
)

select * from keep_one_slice
