-- One row per KPI, channel (and 'all'), grain and recent period.
with take_recent_days as (
    select
        kpis.kpi_id,
        kpis.channel_id,
        'day' as grain,
        kpis.business_date as period,
        kpis.value,
        kpis.is_complete
    from kpi_daily as kpis
    cross join run_settings
    where date_diff('day', kpis.business_date, run_settings.as_of) < 120
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
    cross join run_settings
    where date_diff('month', kpis.month, run_settings.as_of) < 25
),

combine_grains as (
    select * from take_recent_days
    union all
    select * from take_recent_months
)

select * from combine_grains
