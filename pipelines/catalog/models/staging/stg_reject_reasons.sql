-- One row per delivered export and reason why records of it were refused.
with read_reasons as (
    select
        source,
        export,
        reason,
        count as refused_rows,
        example_line
    from staged_reject_reasons
)

select * from read_reasons
