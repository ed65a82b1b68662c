select export, file, source, reason, count, example_line
from reject_reasons
order by export, file, reason
