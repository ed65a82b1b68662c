import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { ModelDatabase, type Rows } from './model-database.ts';

const definitions = loadDefinitions();
const day = '2026-03-01';
const later = '2026-03-02';
let database: ModelDatabase;

/** A shop with lines, payments and refunds in two currencies; a mall with orders only; a till with lines only. */
const staged: Readonly<Record<string, Rows>> = {
  run_settings: [{ as_of: later, reporting_currency: 'CNY' }],
  calendar: [
    { day, month: day },
    { day: later, month: day },
  ],
  staged_orders: [
    order('shop', 'A', { customer_ref: 'p1', shipping_amount: 5, tax_amount: 1, paid_at: `${day} 10:00:00`, _line: 1 }),
    order('shop', 'B', { currency: 'USD', customer_ref: 'p2', discount_amount: 0.35, paid_amount: 9.99, _line: 2 }),
    order('shop', 'C', { currency: 'USD', status: 'cancelled', total_amount: 70, paid_amount: 70, _line: 3 }),
    order('mall', 'A', { total_amount: 47, paid_amount: 47, refunded_amount: 7, _export: 'mall', _line: 1 }),
    order('mall', 'D', { items_amount: 10, discount_amount: 2, _export: 'mall', _line: 2 }),
  ],
  staged_order_lines: [
    line('shop', 'A', '1', { quantity: 2, unit_price: 10.25, discount_amount: 1, _line: 1 }),
    line('shop', 'A', '2', { quantity: 1, unit_price: 5, kind: 'return', ordered_date: later, _line: 1 }),
    line('shop', 'B', '1', { quantity: 3, unit_price: 3.33, currency: 'USD', discount_amount: 0.2, _line: 2 }),
    line('shop', 'B', '2', { quantity: 1, unit_price: 0.49, currency: 'USD', discount_amount: 0.15, _line: 2 }),
    line('till', 'T', '1', { quantity: 4, unit_price: 1.1, ordered_date: day, _export: 'till', _line: 7 }),
    line('till', 'T', '2', {
      quantity: 1,
      line_amount: 9,
      discount_amount: 1,
      ordered_date: day,
      _export: 'till',
      _line: 8,
    }),
    line('till', 'R', '1', {
      quantity: 1,
      unit_price: 2.5,
      kind: 'return',
      ordered_date: later,
      _export: 'till',
      _line: 9,
    }),
  ],
  staged_payments: [
    { channel_id: 'shop', payment_id: 'x', order_id: 'A', amount: 12, currency: 'CNY', _export: 'pay', _line: 1 },
    { channel_id: 'shop', payment_id: 'y', order_id: 'A', amount: 12.5, currency: 'CNY', _export: 'pay', _line: 2 },
  ],
  staged_refunds: [
    refund('r1', 'B', { refunded_date: later, amount: 1.11, currency: 'USD', _line: 1 }),
    refund('r2', 'B', { refunded_date: later, amount: 2.22, currency: 'USD', _line: 2 }),
    refund('r3', 'C', { amount: 70, currency: 'USD', _line: 3 }),
  ],
  staged_fx_rates: [{ currency: 'USD', rate_date: day, rate: 7.1234 }],
  staged_traffic: [
    {
      channel_id: 'shop',
      traffic_date: day,
      report_slice: 'device',
      slice_value: 'phone',
      sessions: 60,
      add_to_carts: 6,
      _export: 'ga',
      _line: 1,
    },
    {
      channel_id: 'shop',
      traffic_date: day,
      report_slice: 'device',
      slice_value: 'desk',
      sessions: 40,
      _export: 'ga',
      _line: 2,
    },
    {
      channel_id: 'mall',
      traffic_date: day,
      report_slice: 'total',
      slice_value: 'all',
      sessions: 90,
      visitors: 70,
      _export: 'm',
      _line: 1,
    },
  ],
  staged_reviews: [
    { channel_id: 'shop', review_id: '1', created_date: day, rating: 5, rating_max: 5, nps: 9, _export: 'r', _line: 1 },
    { channel_id: 'shop', review_id: '2', created_date: day, rating: 4, nps: 3, _export: 'r', _line: 2 },
    { channel_id: 'mall', review_id: '3', created_date: day, sentiment: 'negative', _export: 'r', _line: 3 },
  ],
};

function order(channel: string, id: string, rest: Record<string, unknown>): Record<string, unknown> {
  return { channel_id: channel, order_id: id, currency: 'CNY', ordered_date: day, _export: 'orders', ...rest };
}

function line(
  channel: string,
  order_id: string,
  line_id: string,
  rest: Record<string, unknown>,
): Record<string, unknown> {
  return { channel_id: channel, order_id, line_id, kind: 'sale', currency: 'CNY', _export: 'lines', ...rest };
}

function refund(refund_id: string, order_id: string, rest: Record<string, unknown>): Record<string, unknown> {
  return { channel_id: 'shop', refund_id, order_id, _export: 'refunds', ...rest };
}

beforeAll(async () => {
  database = await ModelDatabase.open(definitions);
  await database.give(staged);
});
afterAll(() => database.close());

/** Columns of each mart that records add up to; counts of different persons have no records of their own. */
const measures = {
  sales_daily: [
    'orders',
    'paid_orders',
    'cancelled_orders',
    'placed_orders',
    'units',
    'gross_sales',
    'discounts',
    'returns',
    'net_sales',
    'shipping',
    'taxes',
    'paid_amount',
    'refunded_amount',
    'orders_refunded_later',
    'paid_orders_refunded_later',
  ],
  traffic_daily: ['sessions', 'visitors', 'page_views', 'add_to_carts', 'bounced_sessions'],
  satisfaction_daily: [
    'reviews',
    'ratings',
    'rating_sum',
    'rating_max_sum',
    'top_ratings',
    'nps_answers',
    'promoters',
    'detractors',
    'negative_reviews',
  ],
  kpi_daily: ['numerator', 'denominator'],
} as const;

/** KPIs that count persons, and records cannot be added up to persons. */
const persons = "('active_customers', 'new_customers', 'repeat_rate')";

describe.each(Object.entries(measures))('records behind %s', (mart, columns) => {
  it.each(columns)('add up to %s in every cell', async (measure) => {
    const model = definitions.models.get(mart);
    const grain = model?.grain ?? [];
    const cells = mart === 'kpi_daily' ? `${mart} where kpi_id not in ${persons}` : mart;
    const differing = await database.rows(`
      with traced as (
        select ${grain.join(', ')}, sum(amount) as amount from (${model?.trace}) where measure = '${measure}' group by all
      ),
      stated as (select ${grain.join(', ')}, ${measure} as amount from ${cells})
      select * from stated left join traced using (${grain.join(', ')})
      where coalesce(stated.amount, 0) <> coalesce(traced.amount, 0)`);
    expect(differing).toEqual([]);
  });
});

it('shows the records of a cell one by one', async () => {
  const trace = definitions.models.get('sales_daily')?.trace;
  expect(
    await database.rows(`
      select _export, _line, cast(amount as varchar) as amount from (${trace})
      where business_date = date '${day}' and channel_id = 'till' and measure = 'gross_sales' order by all`),
  ).toEqual([
    { _export: 'till', _line: '7', amount: '4.4000' },
    { _export: 'till', _line: '8', amount: '10.0000' },
  ]);
});
