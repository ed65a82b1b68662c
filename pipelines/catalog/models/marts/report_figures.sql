-- One row per figure that stands alone on a report page.
with measure_customers as (
    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(active_customers), 0) as active_customers,
        coalesce(sum(returning_customers), 0) as returning_customers,
        coalesce(sum(channel_customers), 0) as channel_customers,
        sum(net_sales) as net_sales,
        sum(recency_days) as recency_days
    from rfm_cells
),

measure_exports as (
    select
        count(*) as files,
        sum(rows_in) as rows_in,
        sum(accepted) as accepted,
        sum(rejected) as rejected,
        sum(repeated) as repeated
    from exports_received
    where status <> 'duplicate'
),

measure_findings as (
    select count(*) as findings
    from findings
),

list_figures as (
    select
        'customers' as page,
        'customers' as figure,
        1 as position,
        'count' as unit,
        cast(customers as double) as value
    from measure_customers
    union all
    select
        'customers' as page,
        'active_customers' as figure,
        2 as position,
        'count' as unit,
        cast(active_customers as double) as value
    from measure_customers
    union all
    select
        'customers' as page,
        'returning_share' as figure,
        3 as position,
        'ratio' as unit,
        cast(returning_customers as double) / nullif(customers, 0) as value
    from measure_customers
    union all
    select
        'customers' as page,
        'channel_share' as figure,
        4 as position,
        'ratio' as unit,
        cast(channel_customers as double) / nullif(customers, 0) as value
    from measure_customers
    union all
    select
        'customers' as page,
        'mean_net_sales' as figure,
        5 as position,
        'money' as unit,
        cast(net_sales as double) / nullif(customers, 0) as value
    from measure_customers
    union all
    select
        'customers' as page,
        'mean_recency' as figure,
        6 as position,
        'days' as unit,
        cast(recency_days as double) / nullif(customers, 0) as value
    from measure_customers
    union all
    select
        'quality' as page,
        'files' as figure,
        1 as position,
        'count' as unit,
        cast(files as double) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'rows_in' as figure,
        2 as position,
        'count' as unit,
        cast(rows_in as double) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'accepted' as figure,
        3 as position,
        'count' as unit,
        cast(accepted as double) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'rejected' as figure,
        4 as position,
        'count' as unit,
        cast(rejected as double) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'repeated' as figure,
        5 as position,
        'count' as unit,
        cast(repeated as double) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'accepted_share' as figure,
        6 as position,
        'ratio' as unit,
        cast(accepted as double) / nullif(cast(rows_in as double), 0e0) as value
    from measure_exports
    union all
    select
        'quality' as page,
        'findings' as figure,
        7 as position,
        'count' as unit,
        cast(findings as double) as value
    from measure_findings
),

name_figures as (
    select
        figure,
        label_en,
        label_zh,
        description_en,
        description_zh
    from (
        values
        (
            'customers', 'Known customers', '已识别客户',
            'Persons with an identifier and at least one order', '有标识且至少有一笔订单的客户'
        ),
        (
            'active_customers', 'Active in a year', '一年内有购客户',
            'Known customers with an order in the last 365 days', '近 365 天内有订单的已识别客户'
        ),
        (
            'returning_share', 'Bought again', '复购客户占比',
            'Known customers with two orders or more, divided by all known customers', '有两笔及以上订单的客户 ÷ 已识别客户'
        ),
        (
            'channel_share', 'Buy in several channels', '多渠道客户占比',
            'Known customers with orders in two channels or more, divided by all known customers',
            '在两个及以上渠道下单的客户 ÷ 已识别客户'
        ),
        (
            'mean_net_sales', 'Net sales per customer', '人均净销售额',
            'Net sales of known customers divided by their number', '已识别客户净销售额 ÷ 客户数'
        ),
        (
            'mean_recency', 'Days since last order', '距上次下单天数',
            'Mean number of days since the last order of a known customer', '已识别客户距上次下单的平均天数'
        ),
        (
            'files', 'Files received', '收到文件数',
            'Delivered files, repeated deliveries left out', '交付的文件数，不含重复交付'
        ),
        (
            'rows_in', 'Records received', '收到记录数',
            'Records in these files', '文件中的记录数'
        ),
        (
            'accepted', 'Records accepted', '接收记录数',
            'Records that are counted', '计入统计的记录数'
        ),
        (
            'rejected', 'Records in quarantine', '隔离记录数',
            'Records that could not be read and wait for a mended contract', '无法读取、等待修正契约的记录数'
        ),
        (
            'repeated', 'Repeated records', '重复记录数',
            'Records that an earlier file had delivered', '此前文件已交付的记录数'
        ),
        (
            'accepted_share', 'Share accepted', '接收率',
            'Records accepted divided by records received', '接收记录数 ÷ 收到记录数'
        ),
        (
            'findings', 'Findings', '数据发现',
            'Observations about the data that somebody should look at', '需要关注的数据观察条数'
        )
    ) as figures (figure, label_en, label_zh, description_en, description_zh)
),

describe_figures as (
    select
        list_figures.page,
        list_figures.figure,
        cast(list_figures.position as bigint) as position,
        name_figures.label_zh,
        name_figures.label_en,
        name_figures.description_zh,
        name_figures.description_en,
        list_figures.unit,
        cast(round(list_figures.value, 6) as decimal(20, 6)) as value
    from list_figures
    inner join name_figures
        on list_figures.figure = name_figures.figure
)

select * from describe_figures
