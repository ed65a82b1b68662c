select cohort_month, month_number, channel_id, cohort_customers, active_customers, retention
from cohorts_monthly
where channel_id = 'all'
order by cohort_month, month_number
