select page, figure, position, label_zh, label_en, description_zh, description_en, unit, value
from report_figures
order by page, position
