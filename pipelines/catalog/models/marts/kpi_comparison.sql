-- One row per KPI, channel (and 'all') and grain: the latest complete period against the one before and a year ago.
with list_periods as (
    select
        kpis.kpi_id,
        kpis.channel_id,
        'day' as grain,
        kpis.business_date as period,
        kpis.value
    from kpi_daily as kpis
    cross join run_settings
    where
        kpis.is_complete
        and date_diff('day', kpis.business_date, run_settings.as_of) < 485
    union all
    select
        kpi_id,
        channel_id,
        'week' as grain,
        week as period,
        value
    from kpi_weekly
    where is_complete
    union all
    select
        kpi_id,
        channel_id,
        'month' as grain,
        month as period,
        value
    from kpi_monthly
    where is_complete
),

-- What still changes, as refunds of last week's orders, is not compared yet.
find_latest as (
    select
        periods.kpi_id,
        periods.channel_id,
        periods.grain,
        max(periods.period) as period
    from list_periods as periods
    inner join kpi_definitions as definitions
        on periods.kpi_id = definitions.kpi_id
    cross join run_settings
    where
        periods.value is not null
        and date_diff(
            'day',
            cast(
                case periods.grain
                    when 'day' then periods.period
                    when 'week' then date_add('day', 6, periods.period)
                    else last_day_of_month(periods.period)
                end as date
            ),
            run_settings.as_of
        ) >= definitions.matures_in_days
    group by 1, 2, 3
),

-- A day is set against the same weekday of the week before, and a year ago of days and weeks is 52 weeks ago,
-- so that weekdays stay weekdays.
name_neighbours as (
    select
        kpi_id,
        channel_id,
        grain,
        period,
        cast(
            case grain
                when 'day' then period
                when 'week' then date_add('day', 6, period)
                else last_day_of_month(period)
            end as date
        ) as period_end,
        cast(
            case
                when grain in ('day', 'week') then date_add('day', -7, period)
                else date_add('month', -1, period)
            end as date
        ) as previous_period,
        cast(
            case
                when grain in ('day', 'week') then date_add('day', -364, period)
                else date_add('month', -12, period)
            end as date
        ) as year_ago_period
    from find_latest
),

look_up_values as (
    select
        latest.kpi_id,
        latest.channel_id,
        latest.grain,
        latest.period,
        latest.period_end,
        this.value,
        previous.value as previous_value,
        year_ago.value as year_ago_value,
        definitions.direction,
        definitions.unit
    from name_neighbours as latest
    inner join list_periods as this
        on
            latest.kpi_id = this.kpi_id
            and latest.channel_id = this.channel_id
            and latest.grain = this.grain
            and latest.period = this.period
    inner join kpi_definitions as definitions
        on latest.kpi_id = definitions.kpi_id
    left join list_periods as previous
        on
            latest.kpi_id = previous.kpi_id
            and latest.channel_id = previous.channel_id
            and latest.grain = previous.grain
            and latest.previous_period = previous.period
    left join list_periods as year_ago
        on
            latest.kpi_id = year_ago.kpi_id
            and latest.channel_id = year_ago.channel_id
            and latest.grain = year_ago.grain
            and latest.year_ago_period = year_ago.period
),

work_out_differences as (
    select
        kpi_id,
        channel_id,
        grain,
        period,
        period_end,
        value,
        previous_value,
        year_ago_value,
        value - previous_value as difference,
        value - year_ago_value as year_difference,
        case direction when 'higher_is_better' then 1 when 'lower_is_better' then -1 end as good_sign,
        unit
    from look_up_values
),

judge_differences as (
    select
        kpi_id,
        channel_id,
        grain,
        period,
        period_end,
        unit,
        value,
        previous_value,
        cast(
            round(cast(difference as double) / nullif(abs(cast(previous_value as double)), 0e0), 6) as decimal(20, 6)
        ) as change,
        cast(difference as decimal(20, 6)) as difference,
        case
            when difference = 0 then 'same'
            when difference * good_sign > 0 then 'better'
            when difference * good_sign < 0 then 'worse'
        end as tone,
        year_ago_value,
        cast(
            round(cast(year_difference as double) / nullif(abs(cast(year_ago_value as double)), 0e0), 6)
            as decimal(20, 6)
        ) as year_change,
        cast(year_difference as decimal(20, 6)) as year_difference,
        case
            when year_difference = 0 then 'same'
            when year_difference * good_sign > 0 then 'better'
            when year_difference * good_sign < 0 then 'worse'
        end as year_tone
    from work_out_differences
)

select * from judge_differences
