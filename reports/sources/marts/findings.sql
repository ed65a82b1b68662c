select kind, severity, dataset, source, period, count, text_zh, text_en
from findings
order by kind, dataset, source, period
