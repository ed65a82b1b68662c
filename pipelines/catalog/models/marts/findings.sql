-- One row per observation about the data.
with find_refused_files as (
    select
        'refused_file' as kind,
        'critical' as severity,
        dataset,
        source,
        channel_id,
        cast(landed_at as date) as first_day,
        cast(landed_at as date) as last_day,
        rows_in as count,
        concat('The file ', file, ' was refused whole.') as text_en,
        concat('文件 ', file, ' 被整体拒收。') as text_zh
    from exports_received
    where status = 'refused'
),

find_rejected_rows as (
    select
        'rejected_rows' as kind,
        'warning' as severity,
        exports.dataset,
        reasons.source,
        reasons.channel_id,
        exports.min_date as first_day,
        exports.max_date as last_day,
        reasons.count,
        concat(
            'Records of ', reasons.file, ' in quarantine for ', reasons.reason, ': ',
            cast(reasons.count as varchar), '.'
        ) as text_en,
        concat(
            reasons.file, ' 有 ', cast(reasons.count as varchar), ' 条记录被隔离，原因：', reasons.reason, '。'
        ) as text_zh
    from reject_reasons as reasons
    inner join exports_received as exports
        on
            reasons.source = exports.source
            and reasons.export = exports.export
            and exports.status = 'partial'
),

find_duplicates as (
    select
        'duplicate' as kind,
        'info' as severity,
        original.dataset,
        again.source,
        again.channel_id,
        original.min_date as first_day,
        original.max_date as last_day,
        again.rows_in as count,
        concat(
            'The file ', again.file, ' has the same content as ', original.file, ' and was left out.'
        ) as text_en,
        concat('文件 ', again.file, ' 与 ', original.file, ' 内容相同，未重复计入。') as text_zh
    from exports_received as again
    inner join exports_received as original
        on
            again.export = original.export
            and again.source = original.source
            and original.status <> 'duplicate'
    where again.status = 'duplicate'
),

find_corrections as (
    select
        'correction' as kind,
        'info' as severity,
        dataset,
        source,
        channel_id,
        first_day,
        last_day,
        dropped_rows as count,
        concat(
            'The file ', corrected_by, ' corrects ', file, '; rows that are gone and no longer counted: ',
            cast(dropped_rows as varchar), '.'
        ) as text_en,
        concat(
            '文件 ', corrected_by, ' 更正了 ', file, '：', cast(dropped_rows as varchar), ' 行被删除，不再计入。'
        ) as text_zh
    from corrections
),

join_datasets_of_gaps as (
    select
        channel_id,
        first_day,
        last_day,
        days,
        was_delivered,
        array_join(array_agg(dataset order by dataset), ', ') as dataset
    from delivery_gaps
    group by 1, 2, 3, 4, 5
),

find_gaps as (
    select
        case when was_delivered then 'silent_source' else 'missing_delivery' end as kind,
        'warning' as severity,
        dataset,
        cast(null as varchar) as source,
        channel_id,
        first_day,
        last_day,
        days as count,
        concat(
            'Channel ', channel_id, ' has no ', dataset, ' from ', cast(first_day as varchar), ' to ',
            cast(last_day as varchar), '; days missing: ', cast(days as varchar),
            case when was_delivered then '. Reports around them were delivered.' else '. Nothing was delivered.' end
        ) as text_en,
        concat(
            '渠道 ', channel_id, ' 在 ', cast(first_day as varchar), ' 至 ', cast(last_day as varchar), ' 共 ',
            cast(days as varchar), ' 天没有 ', dataset,
            case when was_delivered then ' 数据，但前后报表均已交付。' else ' 数据，未收到交付。' end
        ) as text_zh
    from join_datasets_of_gaps
),

find_currencies_without_rate as (
    select
        'missing_rate' as kind,
        'critical' as severity,
        'fx_rates' as dataset,
        cast(null as varchar) as source,
        cast(null as varchar) as channel_id,
        min(sales.business_date) as first_day,
        max(sales.business_date) as last_day,
        count(*) as count,
        concat(
            'There is no exchange rate for ', sales.currency,
            ' on these days; amounts in the reporting currency have no value there.'
        ) as text_en,
        concat('这些日期缺少 ', sales.currency, ' 汇率，以报告币种计的金额无值。') as text_zh
    from sales_daily as sales
    left join fx_daily
        on
            sales.currency = fx_daily.currency
            and sales.business_date = fx_daily.day
    where fx_daily.currency is null
    group by sales.currency, cast(date_trunc('month', sales.business_date) as date)
),

find_refunds_without_date as (
    select
        'refund_without_date' as kind,
        'info' as severity,
        'refunds' as dataset,
        cast(null as varchar) as source,
        channel_id,
        min(business_date) as first_day,
        max(business_date) as last_day,
        cast(sum(refunds_without_date) as bigint) as count,
        concat(
            'Channel ', channel_id, ' does not say when it made refunds; they stand on the day of the order. Refunds: ',
            cast(sum(refunds_without_date) as varchar), '.'
        ) as text_en,
        concat(
            '渠道 ', channel_id, ' 有 ', cast(sum(refunds_without_date) as varchar), ' 笔退款未载退款日期，按下单日计入。'
        ) as text_zh
    from sales_daily
    where refunds_without_date > 0
    group by channel_id, cast(date_trunc('month', business_date) as date)
),

find_orders_without_date as (
    select
        'order_without_date' as kind,
        'warning' as severity,
        'orders' as dataset,
        cast(null as varchar) as source,
        channel_id,
        cast(null as date) as first_day,
        cast(null as date) as last_day,
        count(*) as count,
        concat(
            'Orders of channel ', channel_id, ' without a date, which are in no daily figure: ',
            cast(count(*) as varchar), '.'
        ) as text_en,
        concat('渠道 ', channel_id, ' 有 ', cast(count(*) as varchar), ' 个订单没有日期，未计入任何按日指标。') as text_zh
    from order_facts
    where ordered_date is null
    group by channel_id
),

combine_findings as (
    select * from find_refused_files
    union all
    select * from find_rejected_rows
    union all
    select * from find_duplicates
    union all
    select * from find_corrections
    union all
    select * from find_gaps
    union all
    select * from find_currencies_without_rate
    union all
    select * from find_refunds_without_date
    union all
    select * from find_orders_without_date
),

write_period as (
    select
        kind,
        severity,
        dataset,
        source,
        channel_id,
        first_day as period_from,
        last_day as period_to,
        case
            when first_day = last_day then cast(first_day as varchar)
            when first_day is not null then concat(cast(first_day as varchar), '/', cast(last_day as varchar))
        end as period,
        count,
        text_en as text,
        text_en,
        text_zh
    from combine_findings
)

select * from write_period
