-- One row per channel.
with read_channels as (
    select
        channel_id,
        name,
        name_zh,
        kind,
        partner,
        opened_on,
        status,
        owner,
        region,
        timezone,
        currency
    from staged_channels
)

select * from read_channels
