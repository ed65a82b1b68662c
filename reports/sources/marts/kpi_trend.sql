select kpi_id, channel_id, grain, period, value, is_complete
from kpi_trend
