import { DuckDBInstance } from '@duckdb/node-api';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Kpi } from '../../pipelines/domain/kpi.ts';
import type { Review } from '../../pipelines/steps/alerts-review.ts';
import { writeArrow } from '../../pipelines/warehouse/arrow-file.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { tableSession } from '../fixtures/table-session.ts';

/**
 * Small marts in the shape that the pages read, in a real DuckDB: three channels, two of them with an awkward name. Every value is
 * a formula of its keys, so that a test can work it out again.
 */
const marts = `
create table channels as select * from (values
  ('shop_cn', 'Tide Shop', '潮汐商城', 'own_shop', 'active', 'CN', 'CNY'),
  ('tmall', 'Tmall flagship', '天猫旗舰店', 'marketplace', 'active', 'CN', 'CNY'),
  ('o''neil & co', 'O''Neil <Stores>', '奥尼尔 “门店”', 'store', 'active', 'UK', 'GBP')
) as t(channel_id, name, name_zh, kind, status, region, currency);

create table keys as
select kpi_id, kpi_number, channel_id, channel_number from
  (values ('net_sales', 1), ('gross_sales', 2), ('orders', 3), ('aov', 4), ('conversion_rate', 5), ('cart_rate', 6), ('sessions', 7), ('visitors', 8),
    ('csat', 9), ('negative_review_rate', 10), ('refund_rate_paid', 11), ('active_customers', 12), ('new_customers', 13), ('repeat_rate', 14)) as k(kpi_id, kpi_number)
cross join (values ('all', 6), ('shop_cn', 1), ('tmall', 2), ('o''neil & co', 3)) as c(channel_id, channel_number);

create table kpi_trend as
select kpi_id, channel_id, grain, period, is_complete,
  case when kpi_id in ('conversion_rate', 'cart_rate', 'csat', 'negative_review_rate', 'refund_rate_paid', 'repeat_rate')
    then round(0.01 * kpi_number + 0.005 * sin(step / 3.0) + 0.002 * channel_number, 6)
    else cast(round((1000 + 10 * step + 200 * sin(step / 5.0)) * channel_number * kpi_number * BULK, 0) as decimal(18, 4)) end as value
from keys
cross join (
  select 'day' as grain, cast(date '2026-07-04' + cast(d as integer) as date) as period, d as step, true as is_complete from range(120) as r(d)
  union all
  select 'month', cast(date '2024-10-01' + to_months(cast(m as integer)) as date), m * 4, m < 24 from range(25) as r(m)
);

create table kpi_latest_hours as
select 'orders' as kpi_id, channel_id, date '2026-10-31' as business_date, cast(h as bigint) as hour_of_day,
  case when h < 20 then cast(10 * channel_number + h as decimal(20, 6)) end as value,
  cast(8 * channel_number + h as decimal(20, 6)) as usual
from (values ('shop_cn', 1), ('tmall', 2), ('o''neil & co', 3)) as c(channel_id, channel_number) cross join range(24) as r(h);

create table kpi_comparison as
select kpi_id, channel_id, grain, date '2026-09-01' as period, date '2026-09-30' as period_end,
  cast(case when kpi_id in ('conversion_rate', 'cart_rate', 'csat', 'negative_review_rate', 'refund_rate_paid', 'repeat_rate')
    then 0.01 * kpi_number + 0.002 * channel_number else 123456.78 * channel_number * kpi_number * BULK end as decimal(18, 6)) as value,
  cast(case when kpi_id in ('conversion_rate', 'csat') then 0.05 else 100000 * channel_number end as decimal(18, 6)) as previous_value,
  cast(0.01 * channel_number - 0.02 as decimal(20, 6)) as change, cast(0.0012 * channel_number as decimal(20, 6)) as difference,
  case when channel_number = 1 then 'worse' when channel_number = 2 then 'same' else 'better' end as tone,
  cast(90000 as decimal(18, 6)) as year_ago_value, cast(0.1234 as decimal(20, 6)) as year_change, cast(0.0034 as decimal(20, 6)) as year_difference,
  'better' as year_tone
from keys cross join (values ('month'), ('week'), ('day')) as g(grain);

create table report_notes as
select page, channel_id, section, position, severity, cast(null as varchar) as kpi_id, '说明:' || page || ' ' || section as text_zh, 'Note on ' || page || ' ' || section as text_en
from (values ('overview', 'all'), ('customers', 'all'), ('quality', 'all'), ('channel', 'tmall'), ('channel', 'shop_cn'), ('channel', 'o''neil & co')) as p(page, channel_id)
cross join (values ('diagnosis', 1, 'warning'), ('diagnosis', 2, 'good'), ('suggestion', 1, 'info')) as s(section, position, severity);

create table report_figures as select * from (values
  ('customers', 'customers', 1, '已识别客户', 'Identified customers', '有标识的客户数', 'Customers with an identifier', 'count', 4321.0),
  ('customers', 'repeat_share', 2, '复购客户占比', 'Share with two orders', '两单及以上的客户 / 全部客户', 'Customers with two orders or more / all customers', 'ratio', 0.3456),
  ('customers', 'mean_monetary', 3, '人均净销售额', 'Net sales each', '净销售额 / 客户数', 'Net sales / customers', 'money', 456.78),
  ('quality', 'files', 1, '收到文件', 'Files received', '全部来源', 'From every source', 'count', 17),
  ('quality', 'accepted_share', 2, '接收率', 'Share accepted', '接收 / 读入', 'Accepted / rows in', 'ratio', 0.998)
) as t(page, figure, position, label_zh, label_en, description_zh, description_en, unit, value);

create table customer_segments as select * from (values
  ('champions', 1, '重要价值客户', 'Champions', '近期购买、频繁、金额高', 'Bought lately, often, much', 400, 0.1, 800000.5, 0.4, 12.3, 8.1, 2000.0),
  ('at_risk', 2, '流失风险', 'At risk', '曾经频繁、很久没来', 'Came often, not for long', 900, 0.225, 400000, 0.2, 210.0, 4.0, 444.4)
) as t(segment, position, label_zh, label_en, description_zh, description_en, customers, customer_share, net_sales, net_sales_share, mean_recency_days, mean_orders, mean_monetary);

create table value_tiers as select * from (values
  ('high', 1, '高价值', 'High', 432, 0.1, 900000, 0.45), ('middle', 2, '中价值', 'Middle', 1728, 0.4, 800000, 0.4), ('low', 3, '低价值', 'Low', 2161, 0.5, 300000, 0.15)
) as t(value_tier, position, label_zh, label_en, customers, customer_share, net_sales, net_sales_share);

create table rfm_grid as select r as r_score, f as f_score, 10 * r * f as customers, 1000 * r * f as net_sales from range(1, 6) as a(r), range(1, 6) as b(f);

create table cohorts_monthly as
select cast(date '2025-10-01' + to_months(cast(c as integer)) as date) as cohort_month, n as month_number, 'all' as channel_id, 500 as cohort_customers,
  cast(500 / (n + 1) as integer) as active_customers, cast(1.0 / (n + 1) as decimal(20, 6)) as retention
from range(13) as a(c), range(13) as b(n) where c + n < 13;

create table exports_received as select * from (values
  ('a1', '订单_2026-10.csv', 'tmall_orders', 'orders', 'partial', 1000, 990, 7, 3, timestamp '2026-10-31 02:00:00', timestamp '2026-10-31 03:00:00', date '2026-10-01', date '2026-10-30'),
  ('b2', 'orders.csv', 'shop', 'orders', 'accepted', 500, 500, 0, 0, timestamp '2026-10-30 02:00:00', timestamp '2026-10-31 03:00:00', date '2026-10-01', date '2026-10-30'),
  ('c3', 'photo.jpg', 'unknown', null, 'refused', 0, 0, 0, 0, null, timestamp '2026-10-31 03:00:00', null, null)
) as t(export, file, source, dataset, status, rows_in, accepted, rejected, repeated, exported_at, landed_at, min_date, max_date);

create table exports_monthly as
select cast(date '2026-08-01' + to_months(cast(m as integer)) as date) as month, source, 3 as files, 100 * (m + 1) as rows_in, 100 * (m + 1) as accepted, 0 as rejected, 0 as repeated
from range(3) as a(m), (values ('shop'), ('tmall_orders')) as s(source);

create table reject_reasons as select * from (values
  ('a1', '订单_2026-10.csv', 'tmall_orders', 'not_a_number:price', 5, 17), ('a1', '订单_2026-10.csv', 'tmall_orders', 'missing:order_id', 2, 421)
) as t(export, file, source, reason, count, example_line);

create table findings as select * from (values
  ('duplicate', 'info', 'orders', 'tmall_orders', '2026-10', 1, '同一文件交付了两次', 'The same file was delivered twice')
) as t(kind, severity, dataset, source, period, count, text_zh, text_en);
`;

/** Opens the marts; `bulk` multiplies every sum, so that a second release shows other numbers. */
export async function openExampleMarts(bulk = 1): Promise<ReleaseSession> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(marts.replaceAll('BULK', String(bulk)));
  const release = {
    version: 1,
    id: `release-${bulk}`.padEnd(16, '0'),
    as_of: '2026-10-31',
    catalog: 'test',
    parts: {},
    receipts: [],
  } as const;
  return {
    ...tableSession(connection, release),
    exportTo: async (sql, file) => writeArrow(await connection.runAndReadAll(sql), file),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const names: readonly (readonly [string, Kpi['family'], Kpi['unit'], string, string])[] = [
  ['net_sales', 'sales', 'money', '净销售额', 'Net sales'],
  ['gross_sales', 'sales', 'money', '总销售额', 'Gross sales'],
  ['orders', 'sales', 'count', '订单数', 'Orders'],
  ['aov', 'sales', 'money', '客单价', 'Average order value'],
  ['conversion_rate', 'conversion', 'ratio', '转化率', 'Conversion rate'],
  ['cart_rate', 'conversion', 'ratio', '加购率', 'Cart rate'],
  ['sessions', 'traffic', 'count', '会话数', 'Sessions'],
  ['visitors', 'traffic', 'count', '访客数', 'Visitors'],
  ['csat', 'satisfaction', 'ratio', '满意度', 'CSAT'],
  ['negative_review_rate', 'satisfaction', 'ratio', '差评率', 'Negative review rate'],
  ['refund_rate_paid', 'satisfaction', 'ratio', '退款率', 'Refund rate'],
  ['active_customers', 'activity', 'count', '活跃客户', 'Active customers'],
  ['new_customers', 'activity', 'count', '新客户', 'New customers'],
  ['repeat_rate', 'activity', 'ratio', '复购率', 'Repeat rate'],
];

export const exampleKpis: readonly Kpi[] = names.map(([kpi, family, unit, zh, en]) => ({
  kpi,
  family,
  label: { zh, en },
  description: { zh: `${zh}的口径`, en: `How ${en} is defined` },
  unit,
  direction: 'higher_is_better',
  owner: 'sales',
  additivity: unit === 'ratio' || kpi === 'aov' ? 'ratio' : 'sum',
  numerator: { mart: 'sales_daily', column: kpi, aggregate: 'sum', date_column: 'business_date', money: false },
  scale: 1,
  dimensions: [],
  grains: ['day', 'week', 'month'],
  matures_in_days: 0,
}));

/** A warning with everything that a page shows; a test changes what it is about. */
export function exampleWarning(changes: Partial<Warning> = {}): Warning {
  return {
    version: 1,
    id: 'w1',
    fingerprint: 'f1',
    rule: 'conversion_low',
    rule_version: 1,
    kpi_id: 'conversion_rate',
    channel_id: 'tmall',
    dimensions: {},
    period: '2026-10-20',
    grain: 'day',
    value: 0.0123,
    mark: 0.02,
    expected: 0.031,
    severity: 'critical',
    state: 'breached',
    previous_state: 'ok',
    since: '2026-10-19',
    time_to_breach: null,
    drivers: [],
    suggestion: { zh: '检查商品详情页与支付环节。', en: 'Check product pages and the payment step.' },
    owner: 'channel_lead',
    runbook: 'conversion_drop',
    report_path: '/channels/tmall/',
    release: 'r',
    text: { zh: '天猫转化率 1.23%,低于警戒值 2%。', en: 'Conversion on Tmall is 1.23%, below the mark of 2%.' },
    ...changes,
  };
}

/** One rule that served well enough, and a mark that would have served better. */
export const exampleReview: Review = {
  rules: [
    {
      ...{ rule: 'conversion_rate_low', owner: 'channel_operations', troubles: 7, open: 1, corrected: 1 },
      ...{ useful: 3, noise: 1, precision: 0.75, missed: 2, mean_days_to_notice: 1.5 },
      ...{ mean_hours_to_acknowledge: 4, mean_days_to_recover: 3.25, flapping: 2 },
      ...{ review_by: '2026-10-01', is_overdue: true },
    },
  ],
  proposals: [
    {
      ...{ rule: 'conversion_rate_low', mark: 0.02, proposed_mark: 0.021, incidents: 2 },
      ...{ now: { caught: 1, false_warnings: 3 }, proposed: { caught: 2, false_warnings: 0 } },
      text: { en: 'A mark of 2.1% would have caught both.', zh: '若警戒值为 2.1%，两起事件均可发现。' },
    },
  ],
};
