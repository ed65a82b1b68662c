-- One row per KPI for which there is something to do when it gets worse.
with list_advice as (
    select
        kpi_id,
        advice_en,
        advice_zh
    from (
        values
        (
            'sessions',
            'Check which source of visits fell away: search rank, paid campaigns, content; restore the largest first.',
            '排查流失的访问来源（搜索排名、投放、内容），优先恢复体量最大的来源。'
        ),
        (
            'conversion_rate',
            'Place a test order, then compare price, stock and delivery promise of the best sellers with last week.',
            '先试下一单，再对比热销品的价格、库存与发货承诺较上周有何变化。'
        ),
        (
            'cart_rate',
            'Look at the product pages with most views and fewest carts: picture, price, sizes, reviews.',
            '检查浏览多而加购少的商品页：主图、价格、规格与评价。'
        ),
        (
            'orders',
            'See whether visits or conversion moved, and work on the one that did.',
            '判断是流量还是转化发生变化，针对变化的一方采取措施。'
        ),
        (
            'net_sales',
            'Split the change into orders, average value and returns, and act on the largest part.',
            '将变化拆分为订单数、客单价与退货，先处理影响最大的部分。'
        ),
        (
            'aov',
            'Offer bundles and a free-shipping mark above the present average order value.',
            '设置高于当前客单价的组合优惠与包邮门槛。'
        ),
        (
            'active_customers',
            'Write to customers whose usual time between orders has passed, those who consented only.',
            '联系已超过常规复购间隔的客户（仅限同意接收营销者）。'
        ),
        (
            'new_customers',
            'Compare cost and yield of the sources of new customers and move budget to the better one.',
            '比较各拉新来源的成本与产出，将预算转向更优来源。'
        ),
        (
            'repeat_rate',
            'Give recent buyers a reason for a second order within their usual interval.',
            '在常规复购间隔内为近期买家提供二次购买理由。'
        ),
        (
            'refund_rate_orders',
            'List refunds by product and reason; stop selling what is returned for quality until it is checked.',
            '按商品与原因列出退款，对质量退货商品先下架核查。'
        ),
        (
            'refund_rate_paid',
            'List refunds of paid orders by product and reason, and mend description, size table or packing first.',
            '按商品与原因列出付款订单的退款，优先改进描述、尺码表或包装。'
        ),
        (
            'refund_amount_rate',
            'Look at the largest refunds first: few costly products usually make most of the amount.',
            '先看金额最大的退款：通常少数高价商品占大部分金额。'
        ),
        (
            'cancel_rate',
            'Check stock shown against stock held, payment failures, and delivery promises on cancelled orders.',
            '核对展示库存与实际库存、支付失败与被取消订单的发货承诺。'
        ),
        (
            'csat',
            'Read the low ratings of the week with the service lead and name the cause that occurs most.',
            '与客服负责人逐条阅读本周低分评价，找出出现最多的原因。'
        ),
        (
            'rating_share',
            'Answer low ratings within a day and correct the product or promise behind them.',
            '一天内回复低分评价，并修正背后的商品或承诺问题。'
        ),
        (
            'nps',
            'Call some detractors and ask what would have made them recommend the company.',
            '回访部分贬损者，了解怎样才能让其愿意推荐。'
        ),
        (
            'negative_review_rate',
            'Answer negative reviews, and check whether they name one product, batch or carrier.',
            '回复差评，并检查是否集中于某一商品、批次或承运商。'
        )
    ) as advice (kpi_id, advice_en, advice_zh)
)

select * from list_advice
