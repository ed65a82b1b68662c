select kpi_id, channel_id, grain, period, value, is_complete
from kpi_trend
order by kpi_id, channel_id, grain, period
