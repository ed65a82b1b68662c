-- One row per export and reason why records of it were refused.
with list_files as (
    select
        source,
        export,
        min(file) as file,
        min(channel_id) as channel_id
    from stg_receipts
    where status <> 'duplicate'
    group by 1, 2
),

name_files as (
    select
        reasons.export,
        list_files.file,
        reasons.source,
        list_files.channel_id,
        reasons.reason,
        cast(reasons.refused_rows as bigint) as count,
        reasons.example_line
    from stg_reject_reasons as reasons
    inner join list_files
        on
            reasons.source = list_files.source
            and reasons.export = list_files.export
)

select * from name_files
