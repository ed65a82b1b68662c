-- One row per delivered file and dataset that it fed.
with read_receipts as (
    select
        source,
        channel_id,
        dataset,
        file,
        export,
        status,
        rows_in,
        accepted,
        rejected,
        repeated,
        landed_at,
        exported_at,
        min_date,
        max_date,
        staged_rows
    from staged_receipts
)

select * from read_receipts
