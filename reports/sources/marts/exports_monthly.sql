select month, source, files, rows_in, accepted, rejected, repeated
from exports_monthly
order by month, source
