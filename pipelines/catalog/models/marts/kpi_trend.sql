-- One row per KPI, channel (and 'all'), grain and recent period.
-- A figure that still changes, as the refund rate of last week's orders, would draw a fall that is none.
with take_recent_days as (
    select
        kpis.kpi_id,
        kpis.channel_id,
        'day' as grain,
        kpis.business_date as period,
        kpis.value,
        kpis.is_complete
    from kpi_daily as kpis
    inner join kpi_definitions as definitions
        on kpis.kpi_id = definitions.kpi_id
    cross join run_settings
    where
        date_diff('day', kpis.business_date, run_settings.as_of) < 120
        and date_diff('day', kpis.business_date, run_settings.as_of) >= definitions.matures_in_days
),

take_recent_months as (
    select
        kpis.kpi_id,
        kpis.channel_id,
        'month' as grain,
        kpis.month as period,
        kpis.value,
        kpis.is_complete
    from kpi_monthly as kpis
    inner join kpi_definitions as definitions
        on kpis.kpi_id = definitions.kpi_id
    cross join run_settings
    where
        date_diff('month', kpis.month, run_settings.as_of) < 25
        and (
            definitions.matures_in_days = 0
            or date_diff('day', last_day_of_month(kpis.month), run_settings.as_of) >= definitions.matures_in_days
        )
),

combine_grains as (
    select * from take_recent_days
    union all
    select * from take_recent_months
)

select * from combine_grains
