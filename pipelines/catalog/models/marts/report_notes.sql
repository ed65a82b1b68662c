-- One row per sentence of diagnosis or suggestion on a report page.
with list_pages as (
    select
        'overview' as page,
        'all' as channel_id
    from run_settings
    union all
    select
        'channel' as page,
        channel_id
    from channels
    union all
    select
        'customers' as page,
        'all' as channel_id
    from run_settings
    union all
    select
        'quality' as page,
        'all' as channel_id
    from run_settings
),

-- Moves below a twentieth are the usual up and down of weeks; from a fifth on they deserve a warning.
take_worse_kpis as (
    select
        pages.page,
        pages.channel_id,
        case when moved.size >= 0.2e0 then 'warning' else 'info' end as severity,
        moved.kpi_id,
        moved.text_en,
        moved.text_zh,
        10 + moved.place as place
    from list_pages as pages
    inner join kpi_movements as moved
        on pages.channel_id = moved.channel_id
    where
        pages.page in ('overview', 'channel')
        and moved.tone = 'worse'
        and moved.size >= 0.05e0
        and moved.place <= 3
),

take_better_kpis as (
    select
        pages.page,
        pages.channel_id,
        'good' as severity,
        moved.kpi_id,
        moved.text_en,
        moved.text_zh,
        20 + moved.place as place
    from list_pages as pages
    inner join kpi_movements as moved
        on pages.channel_id = moved.channel_id
    where
        pages.page in ('overview', 'channel')
        and moved.tone = 'better'
        and moved.size >= 0.05e0
        and moved.place <= 2
),

rank_channels as (
    select
        part.channel_id,
        whole.difference as whole_difference,
        part.difference,
        row_number() over (
            order by
                case when whole.difference < 0 then part.difference else -part.difference end asc,
                part.channel_id asc
        ) as place
    from kpi_comparison as whole
    inner join kpi_comparison as part
        on
            whole.kpi_id = part.kpi_id
            and whole.grain = part.grain
            and whole.period = part.period
            and part.channel_id <> 'all'
    where
        whole.kpi_id = 'net_sales'
        and whole.grain = 'week'
        and whole.channel_id = 'all'
        and whole.difference <> 0
),

write_amounts as (
    select
        channel_id,
        whole_difference,
        cast(cast(round(abs(cast(whole_difference as double))) as bigint) as varchar) as whole_text,
        cast(cast(round(abs(cast(difference as double))) as bigint) as varchar) as part_text
    from rank_channels
    where place = 1
),

-- Thousands are marked off from the right, three times: enough for anything below 10^12.
mark_thousands as (
    select
        written.channel_id,
        case when written.whole_difference > 0 then 'rose' else 'fell' end as move_en,
        case when written.whole_difference > 0 then '增加 ' else '减少 ' end as move_zh,
        concat(
            regexp_replace(
                regexp_replace(
                    regexp_replace(written.whole_text, '(\d)(\d{3})$', '$1,$2'), '(\d)(\d{3}),', '$1,$2,'
                ), '(\d)(\d{3}),', '$1,$2,'
            ), ' ', run_settings.reporting_currency
        ) as whole_text,
        concat(
            regexp_replace(
                regexp_replace(
                    regexp_replace(written.part_text, '(\d)(\d{3})$', '$1,$2'), '(\d)(\d{3}),', '$1,$2,'
                ), '(\d)(\d{3}),', '$1,$2,'
            ), ' ', run_settings.reporting_currency
        ) as part_text
    from write_amounts as written
    cross join run_settings
),

-- The channel that moved most moved the way of the whole.
name_driving_channel as (
    select
        'overview' as page,
        'all' as channel_id,
        'info' as severity,
        'net_sales' as kpi_id,
        concat(
            'Net sales ', amounts.move_en, ' by ', amounts.whole_text,
            ' against the week before; channel ', channels.name, ' alone by ', amounts.part_text, '.'
        ) as text_en,
        concat(
            '净销售额较上周', amounts.move_zh, amounts.whole_text,
            '，仅渠道「', channels.name_zh, '」就', amounts.move_zh, amounts.part_text, '。'
        ) as text_zh,
        1 as place
    from mark_thousands as amounts
    inner join channels
        on amounts.channel_id = channels.channel_id
),

rank_findings as (
    select
        found.channel_id,
        found.severity,
        found.text_en,
        found.text_zh,
        row_number() over (
            partition by found.channel_id
            order by found.period_to desc, found.count desc, found.text_en asc
        ) as place
    from findings as found
    cross join run_settings
    where
        found.severity in ('warning', 'critical')
        and date_diff('day', found.period_to, run_settings.as_of) <= 35
        and found.channel_id is not null
),

take_findings_of_channel as (
    select
        'channel' as page,
        channel_id,
        severity,
        cast(null as varchar) as kpi_id,
        text_en,
        text_zh,
        30 + place as place
    from rank_findings
    where place <= 2
),

weigh_lapsed_customers as (
    select
        sum(customers) as customers,
        sum(customer_share) as customer_share,
        100e0 * cast(sum(net_sales_share) as double) as sales_percent
    from customer_segments
    where segment in ('at_risk', 'cannot_lose')
),

describe_lapsed_customers as (
    select
        'customers' as page,
        'all' as channel_id,
        case when customer_share >= 0.2e0 then 'warning' else 'info' end as severity,
        cast(null as varchar) as kpi_id,
        concat(
            cast(customers as varchar), ' customers who used to buy often have stayed away; they brought ',
            cast(cast(round(sales_percent, 1) as decimal(18, 1)) as varchar), '% of the net sales of known customers.'
        ) as text_en,
        concat(
            '曾经常购买的客户中有 ', cast(customers as varchar), ' 位久未回购，他们贡献了已识别客户净销售额的 ',
            cast(cast(round(sales_percent, 1) as decimal(18, 1)) as varchar), '%。'
        ) as text_zh,
        1 as place
    from weigh_lapsed_customers
    where
        customers > 0
        and sales_percent is not null
),

describe_single_orders as (
    select
        'customers' as page,
        'all' as channel_id,
        'info' as severity,
        'repeat_rate' as kpi_id,
        concat(
            cast(cast(round(100e0 - 100e0 * cast(value as double), 1) as decimal(18, 1)) as varchar),
            '% of the known customers have ordered only once.'
        ) as text_en,
        concat(
            '已识别客户中有 ',
            cast(cast(round(100e0 - 100e0 * cast(value as double), 1) as decimal(18, 1)) as varchar),
            '% 仅下过一单。'
        ) as text_zh,
        2 as place
    from report_figures
    where
        figure = 'returning_share'
        and value is not null
),

count_findings as (
    select
        kind,
        min(severity) as severity,
        count(*) as findings
    from findings
    group by 1
),

name_kinds as (
    select
        kind,
        diagnosis_en,
        diagnosis_zh,
        suggestion_en,
        suggestion_zh
    from (
        values
        (
            'refused_file', 'Files refused whole', '被整体拒收的文件',
            'Run `tidemark contract infer FILE` on refused files and add the draft to the catalog.',
            '对被拒文件运行 `tidemark contract infer FILE`，并将草稿加入目录。'
        ),
        (
            'rejected_rows', 'Files and reasons with records in quarantine', '存在隔离记录的文件与原因',
            'Look at `tidemark quarantine list`, mend the contract and run `tidemark quarantine replay`.',
            '查看 `tidemark quarantine list`，修正契约后运行 `tidemark quarantine replay`。'
        ),
        (
            'duplicate', 'Files delivered again under another name', '以其他名称重复交付的文件',
            'Ask whoever delivers the files to send each of them once; nothing was counted twice.',
            '请交付方每个文件只发送一次；数据未被重复计入。'
        ),
        (
            'correction', 'Delivered files that were corrected later', '后来被更正的文件',
            'Tell the readers of earlier reports that past figures changed.',
            '告知此前报告的读者历史数字已更正。'
        ),
        (
            'silent_source', 'Times that a source stopped counting while its reports went on', '报表照常交付而来源停止计数的次数',
            'Check the tracking of the channel on these days, and do not judge conversion by them.',
            '检查这些日期该渠道的埋点，期间的转化不宜作为依据。'
        ),
        (
            'missing_delivery', 'Gaps between deliveries', '交付缺口',
            'Ask the channel for the exports of the missing days.',
            '向渠道索取缺失日期的导出文件。'
        ),
        (
            'missing_rate', 'Months in which a currency had no exchange rate', '缺少汇率的币种月份',
            'Deliver exchange rates for these currencies from the first order day on.',
            '补充这些币种自首个订单日起的汇率。'
        ),
        (
            'refund_without_date', 'Months in which a channel dated no refunds', '渠道退款未载日期的月份',
            'Ask the channel for an export of refunds with their dates.',
            '向渠道索取含退款日期的退款导出。'
        ),
        (
            'order_without_date', 'Channels that have orders without a date', '存在无日期订单的渠道',
            'Deliver the orders that belong to these lines.',
            '补交这些明细所属的订单文件。'
        )
    ) as kinds (kind, diagnosis_en, diagnosis_zh, suggestion_en, suggestion_zh)
),

describe_findings as (
    select
        'quality' as page,
        'all' as channel_id,
        counted.severity,
        cast(null as varchar) as kpi_id,
        concat(kinds.diagnosis_en, ': ', cast(counted.findings as varchar), '.') as text_en,
        concat(kinds.diagnosis_zh, '：', cast(counted.findings as varchar), '。') as text_zh,
        case counted.severity when 'critical' then 1 when 'warning' then 2 else 3 end as place
    from count_findings as counted
    inner join name_kinds as kinds
        on counted.kind = kinds.kind
),

combine_diagnoses as (
    select * from take_worse_kpis
    union all
    select * from take_better_kpis
    union all
    select * from name_driving_channel
    union all
    select * from take_findings_of_channel
    union all
    select * from describe_lapsed_customers
    union all
    select * from describe_single_orders
    union all
    select * from describe_findings
),

advise_on_kpis as (
    select
        worse.page,
        worse.channel_id,
        'info' as severity,
        worse.kpi_id,
        advice.advice_en as text_en,
        advice.advice_zh as text_zh,
        worse.place
    from take_worse_kpis as worse
    inner join kpi_advice as advice
        on worse.kpi_id = advice.kpi_id
),

advise_on_segments as (
    select
        'customers' as page,
        'all' as channel_id,
        'info' as severity,
        cast(null as varchar) as kpi_id,
        advice.advice_en as text_en,
        advice.advice_zh as text_zh,
        sized.position as place
    from customer_segments as sized
    inner join (
        values
        (
            'champions', 'Thank the best customers first: early access, service of their own, no discounts needed.',
            '优先回馈重要价值客户：提前购、专属服务，无需折扣。'
        ),
        (
            'potential_loyal', 'Offer customers with two or three orders membership and a reason to come back soon.',
            '向已有两三单的客户推荐会员与近期回购理由。'
        ),
        (
            'cannot_lose', 'Call or write to the once most frequent buyers in person and ask why they stay away.',
            '对曾最为频繁购买的客户进行一对一回访，了解离开原因。'
        ),
        (
            'at_risk', 'Win back frequent buyers who stay away with what they bought before, if they consented.',
            '以其曾购买的商品召回久未回购的常客（须已同意接收营销）。'
        )
    ) as advice (segment, advice_en, advice_zh)
        on sized.segment = advice.segment
    where sized.customers > 0
),

advise_on_findings as (
    select
        'quality' as page,
        'all' as channel_id,
        'info' as severity,
        cast(null as varchar) as kpi_id,
        kinds.suggestion_en as text_en,
        kinds.suggestion_zh as text_zh,
        case counted.severity when 'critical' then 1 when 'warning' then 2 else 3 end as place
    from count_findings as counted
    inner join name_kinds as kinds
        on counted.kind = kinds.kind
),

combine_suggestions as (
    select * from advise_on_kpis
    union all
    select * from advise_on_segments
    union all
    select * from advise_on_findings
),

-- A page that has nothing to say says so; an empty part would look like a fault.
fill_silent_pages as (
    select
        'diagnosis' as section,
        page,
        channel_id,
        severity,
        kpi_id,
        text_en,
        text_zh,
        place
    from combine_diagnoses
    union all
    select
        'suggestion' as section,
        page,
        channel_id,
        severity,
        kpi_id,
        text_en,
        text_zh,
        place
    from combine_suggestions
    union all
    select
        'diagnosis' as section,
        pages.page,
        pages.channel_id,
        'good' as severity,
        cast(null as varchar) as kpi_id,
        'Nothing stands out in the latest complete week.' as text_en,
        '最近完整一周未见异常。' as text_zh,
        0 as place
    from list_pages as pages
    left join combine_diagnoses as said
        on
            pages.page = said.page
            and pages.channel_id = said.channel_id
    where said.page is null
    union all
    select
        'suggestion' as section,
        pages.page,
        pages.channel_id,
        'good' as severity,
        cast(null as varchar) as kpi_id,
        'Keep on as before and look again next week.' as text_en,
        '保持现状，下周继续观察。' as text_zh,
        0 as place
    from list_pages as pages
    left join combine_suggestions as said
        on
            pages.page = said.page
            and pages.channel_id = said.channel_id
    where said.page is null
),

number_notes as (
    select
        page,
        channel_id,
        section,
        row_number() over (
            partition by page, channel_id, section
            order by place asc, text_en asc
        ) as position,
        severity,
        kpi_id,
        text_zh,
        text_en
    from fill_silent_pages
)

select * from number_notes
