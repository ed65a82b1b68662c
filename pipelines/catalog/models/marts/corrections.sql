-- One row per export of which a later export of the same kind left rows out.
with add_up_exports as (
    select
        dataset,
        source,
        export,
        sum(live_rows) as live_rows
    from rows_by_export
    group by 1, 2, 3
),

list_exports as (
    select
        receipts.dataset,
        receipts.source,
        receipts.channel_id,
        receipts.export,
        receipts.file,
        receipts.exported_at,
        receipts.min_date,
        receipts.max_date,
        receipts.staged_rows,
        receipts.staged_rows - coalesce(counted.live_rows, 0) as replaced_rows
    from stg_receipts as receipts
    left join add_up_exports as counted
        on
            receipts.dataset = counted.dataset
            and receipts.source = counted.source
            and receipts.export = counted.export
    where
        receipts.status in ('accepted', 'partial')
        and receipts.min_date is not null
        -- Of traffic only one slice is read, so that rows which are not read are not rows which were replaced.
        and receipts.dataset in ('orders', 'order_lines', 'payments', 'refunds', 'reviews')
),

-- Rows that came in place of the replaced ones lie on the days that both exports cover.
pair_with_later_exports as (
    select
        older.dataset,
        older.source,
        older.channel_id,
        older.export,
        older.file,
        older.replaced_rows,
        newer.export as newer_export,
        newer.file as newer_file,
        newer.exported_at as newer_exported_at,
        case when older.min_date > newer.min_date then older.min_date else newer.min_date end as first_day,
        case when older.max_date < newer.max_date then older.max_date else newer.max_date end as last_day
    from list_exports as older
    inner join list_exports as newer
        on
            older.dataset = newer.dataset
            and older.source = newer.source
            and older.exported_at < newer.exported_at
            and older.min_date <= newer.max_date
            and older.max_date >= newer.min_date
    where older.replaced_rows > 0
),

count_new_rows as (
    select
        pairs.dataset,
        pairs.source,
        pairs.channel_id,
        pairs.export,
        pairs.file,
        pairs.replaced_rows,
        pairs.newer_file,
        pairs.first_day,
        pairs.last_day,
        coalesce(sum(counted.live_rows), 0) as new_rows
    from pair_with_later_exports as pairs
    left join rows_by_export as counted
        on
            pairs.dataset = counted.dataset
            and pairs.source = counted.source
            and pairs.newer_export = counted.export
            and counted.business_date between pairs.first_day and pairs.last_day
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

keep_dropped_rows as (
    select
        dataset,
        source,
        channel_id,
        export,
        file,
        max(newer_file) as corrected_by,
        min(first_day) as first_day,
        max(last_day) as last_day,
        cast(max(replaced_rows) as bigint) as replaced_rows,
        cast(sum(new_rows) as bigint) as new_rows,
        cast(max(replaced_rows) - sum(new_rows) as bigint) as dropped_rows
    from count_new_rows
    group by 1, 2, 3, 4, 5
    having max(replaced_rows) > sum(new_rows)
)

select * from keep_dropped_rows
