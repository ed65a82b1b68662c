-- One row per identifier and the strongest identifier that was seen beside it.
with read_identifiers as (
    select
        identifier_ref,
        customer_ref,
        min(kind) as kind
    from staged_customer_identifiers
    where identifier_ref <> customer_ref
    group by 1, 2
)

select * from read_identifiers
