-- One row per customer account of a channel.
with read_customers as (
    select
        channel_id,
        customer_id,
        customer_ref,
        registered_at,
        registered_date,
        birth_year,
        gender,
        region,
        tier,
        consent_marketing,
        acquisition_source
    from staged_customers
)

select * from read_customers
