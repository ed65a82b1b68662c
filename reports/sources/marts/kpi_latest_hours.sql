select kpi_id, channel_id, business_date, hour_of_day, value, usual
from kpi_latest_hours
order by kpi_id, channel_id, hour_of_day
