-- One row per month in which exports were made, and source.
with count_exports as (
    select
        cast(date_trunc('month', exported_at) as date) as month,
        source,
        count(*) as files,
        cast(sum(rows_in) as bigint) as rows_in,
        cast(sum(accepted) as bigint) as accepted,
        cast(sum(rejected) as bigint) as rejected,
        cast(sum(repeated) as bigint) as repeated
    from exports_received
    group by 1, 2
)

select * from count_exports
