-- One row per currency and day from which a rate holds.
with read_rates as (
    select
        currency,
        rate_date,
        rate
    from staged_fx_rates
)

select * from read_rates
