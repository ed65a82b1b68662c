select kpi_id, channel_id, grain, period, period_end, value, previous_value, change, difference, tone,
  year_ago_value, year_change, year_difference, year_tone
from kpi_comparison
order by kpi_id, channel_id, grain
