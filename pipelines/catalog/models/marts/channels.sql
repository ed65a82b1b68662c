-- One row per channel that delivered anything.
with list_delivering as (
    select channel_id
    from stg_receipts
    where
        channel_id is not null
        and status in ('accepted', 'partial')
    group by 1
),

describe_channels as (
    select
        channels.channel_id,
        channels.name,
        channels.name_zh,
        channels.kind,
        channels.partner,
        channels.opened_on,
        channels.status,
        channels.owner,
        channels.region,
        channels.timezone,
        channels.currency
    from stg_channels as channels
    inner join list_delivering
        on channels.channel_id = list_delivering.channel_id
)

select * from describe_channels
