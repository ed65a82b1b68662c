-- One row per currency and day on which its rate to the reporting currency is known.
with find_end_of_rates as (
    select
        currency,
        rate_date,
        rate,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from stg_fx_rates
),

spread_rates_over_days as (
    select
        calendar.day,
        rates.currency,
        rates.rate
    from calendar
    inner join find_end_of_rates as rates
        on
            calendar.day >= rates.rate_date
            and calendar.day < coalesce(rates.next_rate_date, date '9999-12-31')
),

add_reporting_currency as (
    select
        rates.day,
        rates.currency,
        rates.rate
    from spread_rates_over_days as rates
    cross join run_settings
    where rates.currency <> run_settings.reporting_currency
    union all
    select
        calendar.day,
        run_settings.reporting_currency as currency,
        1e0 as rate
    from calendar
    cross join run_settings
)

select * from add_reporting_currency
