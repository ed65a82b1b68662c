select page, channel_id, section, position, severity, kpi_id, text_zh, text_en
from report_notes
order by page, channel_id, section, position
