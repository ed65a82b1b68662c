import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { modelChecks } from '../../pipelines/domain/model-checks.ts';
import { ModelDatabase } from './model-database.ts';
import { day, threeChannels } from './three-channels.ts';

const definitions = loadDefinitions();
const models = [...definitions.models.values()];
let database: ModelDatabase;

beforeAll(async () => {
  database = await ModelDatabase.open(definitions);
});
afterAll(() => database.close());

it('finds no fault in marts that were built from sound data', async () => {
  await database.give(threeChannels);
  const faults = [];
  for (const { model, name, sql } of models.flatMap(modelChecks)) {
    const rows = await database.rows(sql);
    if (rows.length > 0) faults.push({ model, name, rows: rows.slice(0, 3) });
  }
  expect(faults).toEqual([]);
});

const planted: readonly (readonly [string, string, Record<string, readonly Record<string, unknown>[]>])[] = [
  ['channels', 'grain_is_unique', { channels: [{ channel_id: 'a' }, { channel_id: 'a' }] }],
  ['channels', 'channel_id_has_a_value', { channels: [{ name: 'nobody' }] }],
  ['customer_360', 'value_tier_is_known', { customer_360: [{ customer_ref: 'p', value_tier: 'huge' }] }],
  ['customer_360', 'scores_are_one_to_five', { customer_360: [{ r_score: 6, f_score: 1, m_score: 1 }] }],
  ['customer_360', 'customers_are_all_there', { first_orders: [{ customer_ref: 'p' }], customer_360: [] }],
  ['sales_daily', 'net_sales_add_up', { sales_daily: [{ net_sales: 5, gross_sales: 5, discounts: 1, returns: 0 }] }],
  ['sales_daily', 'orders_are_all_there', { sales_daily: [{ orders: 2 }], order_facts: [] }],
  ['sales_daily', 'gross_sales_are_all_there', { sales_daily: [{ gross_sales: 2 }], order_facts: [] }],
  ['sales_daily', 'refunds_are_all_there', { sales_daily: [{ refunded_amount: 2 }], order_refunds: [] }],
  ['sales_daily', 'parts_are_no_larger_than_wholes', { sales_daily: [{ orders: 1, paid_orders: 2 }] }],
  [
    'satisfaction_daily',
    'parts_are_no_larger_than_wholes',
    { satisfaction_daily: [{ reviews: 1, ratings: 1, top_ratings: 2 }] },
  ],
  ['sales_hourly', 'hours_add_up_to_orders', { sales_hourly: [{ orders: 1, gross_sales: 1 }], order_facts: [] }],
  [
    'kpi_hourly',
    'whole_days_add_up',
    {
      kpi_hourly: [{ kpi_id: 'orders', channel_id: 'a', business_date: day, value: 3, is_complete: true }],
      kpi_daily: [{ kpi_id: 'orders', channel_id: 'a', business_date: day, value: 2 }],
    },
  ],
  ['order_facts', 'every_line_is_counted', { order_facts: [{ order_lines: 2 }], staged_order_lines: [] }],
  ['order_facts', 'no_sale_no_order', { order_facts: [{ is_order: true, has_sale: true, is_cancelled: true }] }],
  [
    'order_refunds',
    'one_place_per_order',
    { order_refunds: ['refunds', 'orders'].map((taken_from) => ({ channel_id: 'a', order_id: 'x', taken_from })) },
  ],
  ['first_orders', 'customers_are_all_there', { customer_state: [{ customer_ref: 'p', orders: 1 }], first_orders: [] }],
  ['customer_years', 'months_add_up_to_years', { customer_years: [{ orders: 1 }], customer_months: [{ orders: 2 }] }],
  [
    'cohort_months',
    'nobody_is_active_before_the_first_order',
    { cohort_months: [{ month: day, cohort_month: '2099-01-01' }] },
  ],
  [
    'cohorts_monthly',
    'cohorts_are_first_orders',
    { cohorts_monthly: [{ month_number: 0, channel_id: 'all', cohort_customers: 2 }], first_orders: [] },
  ],
  [
    'cohorts_monthly',
    'channels_add_up_to_all',
    { cohorts_monthly: [2, 1].map((active_customers, n) => ({ channel_id: n ? 'all' : 'a', active_customers })) },
  ],
  [
    'kpi_daily',
    'channels_add_up_to_all',
    { kpi_daily: ['a', 'b', 'all'].map((channel_id) => ({ kpi_id: 'orders', channel_id, value: 2 })) },
  ],
  ['kpi_daily', 'no_value_without_denominator', { kpi_daily: [{ kpi_id: 'csat', value: 0, denominator: 0 }] }],
  [
    'kpi_monthly',
    'days_add_up_to_the_month',
    {
      kpi_daily: [{ kpi_id: 'orders', channel_id: 'a', business_date: day, value: 2 }],
      kpi_monthly: [{ kpi_id: 'orders', channel_id: 'a', month: day, value: 3 }],
    },
  ],
  [
    'sales_by_dimension_daily',
    'members_add_up_to_the_day',
    {
      sales_daily: [{ business_date: day, channel_id: 'a', currency: 'CNY', gross_sales: 2 }],
      sales_by_dimension_daily: [
        { business_date: day, channel_id: 'a', currency: 'CNY', dimension: 'region', gross_sales: 1 },
      ],
    },
  ],
  [
    'kpi_by_dimension_daily',
    'members_add_up_to_the_kpi',
    {
      kpi_daily: [{ kpi_id: 'orders', channel_id: 'a', business_date: day, numerator: 2 }],
      kpi_by_dimension_daily: [{ kpi_id: 'orders', channel_id: 'a', business_date: day, member: 'x', numerator: 1 }],
    },
  ],
  ['rfm_cells', 'customers_are_all_there', { rfm_cells: [{ customers: 2 }], customer_360: [] }],
  ['customer_segments', 'shares_add_up_to_one', { customer_segments: [{ customers: 2 }], customer_360: [] }],
];

describe('each check can fail', () => {
  it.each(planted)('%s: %s', async (modelName, checkName, given) => {
    const model = models.find(({ model }) => model === modelName);
    const check = (model ? modelChecks(model) : []).find(({ name }) => name === checkName);
    await database.give(given, [modelName, 'kpi_definitions', 'stg_order_lines', 'stg_channels']);
    expect(await database.rows(check?.sql ?? 'select 1 where false')).not.toEqual([]);
  });

  it('and none of the checks that models state is left untried', () => {
    const tried = planted.map(([model, name]) => `${model}: ${name}`);
    const stated = models.flatMap(({ model, checks }) => checks.map(({ name }) => `${model}: ${name}`));
    expect(stated.filter((name) => !tried.includes(name))).toEqual([]);
  });
});
