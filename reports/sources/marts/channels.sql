select channel_id, name as name_en, name_zh, kind, status, region, currency
from channels
order by channel_id
