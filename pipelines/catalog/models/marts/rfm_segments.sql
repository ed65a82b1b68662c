-- One row per customer segment: the scores that make it, and its name.
with list_segments as (
    select
        segment,
        cast(position as bigint) as position,
        cast(r_from as bigint) as r_from,
        cast(r_to as bigint) as r_to,
        cast(f_from as bigint) as f_from,
        cast(f_to as bigint) as f_to,
        label_en,
        label_zh,
        description_en,
        description_zh
    from (
        values
        (
            'champions', 1, 4, 5, 4, 5, 'Champions', '重要价值客户',
            'Bought lately and often', '近期购买且购买频繁'
        ),
        (
            'loyal', 2, 3, 3, 4, 5, 'Loyal', '忠诚客户',
            'Buy often, last time a while ago', '购买频繁，距上次购买已有一段时间'
        ),
        (
            'potential_loyal', 3, 4, 5, 2, 3, 'Becoming loyal', '潜力客户',
            'Bought lately and more than once', '近期购买且不止一次'
        ),
        (
            'new', 4, 5, 5, 1, 1, 'New', '新客户',
            'First bought just now', '刚刚首次购买'
        ),
        (
            'promising', 5, 4, 4, 1, 1, 'Promising', '待培育客户',
            'Bought once, not long ago', '不久前购买过一次'
        ),
        (
            'needs_attention', 6, 3, 3, 2, 3, 'Needs attention', '需关注客户',
            'Bought more than once, now slowing', '多次购买但节奏放缓'
        ),
        (
            'about_to_sleep', 7, 3, 3, 1, 1, 'About to sleep', '即将沉睡客户',
            'Bought once, a while ago', '较早前购买过一次'
        ),
        (
            'cannot_lose', 8, 1, 2, 5, 5, 'Cannot lose', '重点挽留客户',
            'Bought most often of all, but not for long', '曾最为频繁购买，但久未回购'
        ),
        (
            'at_risk', 9, 1, 2, 3, 4, 'At risk', '流失风险客户',
            'Bought often, but not for long', '曾经常购买，但久未回购'
        ),
        (
            'hibernating', 10, 2, 2, 1, 2, 'Hibernating', '沉睡客户',
            'Bought seldom and long ago', '购买较少且时间久远'
        ),
        (
            'lost', 11, 1, 1, 1, 2, 'Lost', '已流失客户',
            'Bought seldom and longest ago', '购买较少且时间最久'
        )
    ) as segments (
        segment, position, r_from, r_to, f_from, f_to, label_en, label_zh, description_en, description_zh
    )
)

select * from list_segments
