-- One row per KPI and channel (and 'all') that moved in the latest complete week, in words.
with take_movements as (
    select
        compared.kpi_id,
        compared.channel_id,
        compared.period,
        compared.tone,
        compared.unit,
        compared.difference,
        compared.change,
        cast(compared.value as double) as value,
        cast(compared.previous_value as double) as previous_value,
        definitions.label_en,
        definitions.label_zh,
        run_settings.reporting_currency
    from kpi_comparison as compared
    inner join kpi_definitions as definitions
        on compared.kpi_id = definitions.kpi_id
    cross join run_settings
    where
        compared.grain = 'week'
        and compared.tone in ('better', 'worse')
        and compared.change is not null
),

-- Text of each number; thousands are marked off from the right, three times: enough for anything below 10^12.
write_numbers as (
    select
        kpi_id,
        channel_id,
        period,
        tone,
        difference,
        abs(change) as size,
        label_en,
        label_zh,
        case unit
            when 'ratio' then concat(cast(cast(round(value * 100e0, 1) as decimal(18, 1)) as varchar), '%')
            when 'index' then cast(cast(round(value, 1) as decimal(18, 1)) as varchar)
            else cast(cast(round(value) as bigint) as varchar)
        end as value_text,
        case unit
            when 'ratio' then concat(cast(cast(round(previous_value * 100e0, 1) as decimal(18, 1)) as varchar), '%')
            when 'index' then cast(cast(round(previous_value, 1) as decimal(18, 1)) as varchar)
            else cast(cast(round(previous_value) as bigint) as varchar)
        end as previous_text,
        case unit when 'money' then concat(' ', reporting_currency) else '' end as currency_text,
        concat(
            case when change > 0 then '+' else '' end,
            cast(cast(round(cast(change as double) * 100e0, 1) as decimal(18, 1)) as varchar),
            '%'
        ) as change_text
    from take_movements
),

mark_thousands as (
    select
        kpi_id,
        channel_id,
        period,
        tone,
        difference,
        size,
        label_en,
        label_zh,
        change_text,
        concat(
            regexp_replace(
                regexp_replace(
                    regexp_replace(value_text, '(\d)(\d{3})$', '$1,$2'), '(\d)(\d{3}),', '$1,$2,'
                ), '(\d)(\d{3}),', '$1,$2,'
            ),
            currency_text
        ) as value_text,
        concat(
            regexp_replace(
                regexp_replace(
                    regexp_replace(previous_text, '(\d)(\d{3})$', '$1,$2'), '(\d)(\d{3}),', '$1,$2,'
                ), '(\d)(\d{3}),', '$1,$2,'
            ),
            currency_text
        ) as previous_text
    from write_numbers
),

write_sentences as (
    select
        kpi_id,
        channel_id,
        period,
        tone,
        size,
        concat(
            label_en,
            case when difference > 0 then ' rose to ' else ' fell to ' end,
            value_text, ' in the week from ', cast(period as varchar), ', from ', previous_text, ' (', change_text, ').'
        ) as text_en,
        concat(
            label_zh, '在 ', cast(period as varchar), ' 起的一周由 ', previous_text,
            case when difference > 0 then ' 升至 ' else ' 降至 ' end,
            value_text, '（', change_text, '）。'
        ) as text_zh
    from mark_thousands
),

rank_movements as (
    select
        kpi_id,
        channel_id,
        period,
        tone,
        size,
        text_en,
        text_zh,
        row_number() over (
            partition by channel_id, tone
            order by size desc, kpi_id asc
        ) as place
    from write_sentences
)

select * from rank_movements
