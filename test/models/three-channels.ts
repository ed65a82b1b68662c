/** Two days of three channels, small enough to follow by hand, with every way in which sales and refunds are stated. */
import type { Rows } from './model-database.ts';

export const day = '2026-03-01';
export const later = '2026-03-02';

/** A shop with lines, payments and refunds in two currencies; a mall with orders only; a till with lines only. */
const given: Readonly<Record<string, Rows>> = {
  run_settings: [{ as_of: later, reporting_currency: 'CNY' }],
  calendar: [
    { day, month: day },
    { day: later, month: day },
  ],
  zone_offsets: [
    { timezone: 'UTC', from_at: '1900-01-01 00:00:00', until_at: '2200-01-01 00:00:00', offset_minutes: 0 },
    { timezone: 'Asia/Kolkata', from_at: '1900-01-01 00:00:00', until_at: '2200-01-01 00:00:00', offset_minutes: 330 },
  ],
  staged_channels: ['shop', 'mall', 'till'].map((channel_id) => ({
    ...{ channel_id, name: channel_id, timezone: channel_id === 'mall' ? 'Asia/Kolkata' : 'UTC' },
  })),
  staged_receipts: [
    {
      ...{
        source: 'test',
        channel_id: 'shop',
        dataset: 'orders',
        file: 'orders.csv',
        export: 'orders',
        status: 'accepted',
      },
      ...{ rows_in: 5, accepted: 5, rejected: 0, repeated: 0, min_date: day, max_date: day },
      exported_at: `${later} 00:00:00`,
    },
  ],
  staged_orders: [
    order('shop', 'A', {
      ordered_at: `${day} 09:30:10`,
      customer_ref: 'p1',
      shipping_amount: 5,
      tax_amount: 1,
      paid_at: `${day} 10:00:00`,
      _line: 1,
    }),
    order('shop', 'B', {
      ...{
        ordered_at: `${day} 09:59:59`,
        currency: 'USD',
        customer_ref: 'p2',
        discount_amount: 0.35,
        paid_amount: 9.99,
      },
      _line: 2,
    }),
    order('shop', 'C', {
      ...{ ordered_at: `${day} 10:00:00`, currency: 'USD', status: 'cancelled', total_amount: 70, paid_amount: 70 },
      _line: 3,
    }),
    order('mall', 'A', {
      ...{ ordered_at: `${day} 09:20:00`, total_amount: 47, paid_amount: 47, refunded_amount: 7, _export: 'mall' },
      _line: 1,
    }),
    // Midnight sharp on the mall's clock: how an order without a time looks.
    order('mall', 'D', {
      ...{ ordered_at: '2026-02-28 18:30:00', items_amount: 10, discount_amount: 2, _export: 'mall', _line: 2 },
    }),
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

/** What the machine adds to every staged row; a scope is only a filter, so all rows may share one. */
const provenance = { source: 'test', _scope: 1 };

export const threeChannels: Readonly<Record<string, Rows>> = Object.fromEntries(
  Object.entries(given).map(([relation, rows]) => [
    relation,
    relation.startsWith('staged_') && relation !== 'staged_receipts'
      ? rows.map((row) => ({ ...provenance, ...row }))
      : rows,
  ]),
);

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
