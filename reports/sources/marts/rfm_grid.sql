select r_score, f_score, customers, net_sales
from rfm_grid
