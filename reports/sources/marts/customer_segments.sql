select segment, position, label_zh, label_en, description_zh, description_en, customers, customer_share,
  net_sales, net_sales_share, mean_recency_days, mean_orders, mean_monetary
from customer_segments
order by position
