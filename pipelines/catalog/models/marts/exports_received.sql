-- One row per delivery of a file.
with list_deliveries as (
    select
        export,
        file,
        source,
        channel_id,
        array_join(array_agg(dataset order by dataset), ', ') as dataset,
        status,
        rows_in,
        accepted,
        rejected,
        repeated,
        landed_at,
        exported_at,
        min(min_date) as min_date,
        max(max_date) as max_date
    from stg_receipts
    group by 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12
)

select * from list_deliveries
