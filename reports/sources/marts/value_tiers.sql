select value_tier, position, label_zh, label_en, customers, customer_share, net_sales, net_sales_share
from value_tiers
order by position
