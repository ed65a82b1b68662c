select r_score, f_score, customers, net_sales
from rfm_grid
order by r_score, f_score
