select export, file, source, dataset, status, rows_in, accepted, rejected, repeated, exported_at, landed_at, min_date, max_date
from exports_received
order by export, file, status
