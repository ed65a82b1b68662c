import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { ModelDatabase } from './model-database.ts';
import { day, threeChannels } from './three-channels.ts';

const definitions = loadDefinitions();
let database: ModelDatabase;

beforeAll(async () => {
  database = await ModelDatabase.open(definitions);
  await database.give(threeChannels);
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
  sales_hourly: [
    'orders',
    'paid_orders',
    'cancelled_orders',
    'placed_orders',
    'timed_orders',
    'order_lines',
    'units',
    'gross_sales',
    'discounts',
  ],
  kpi_daily: ['numerator', 'denominator'],
  kpi_hourly: ['numerator', 'denominator'],
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

it('shows the records of an hour on the clock of its channel', async () => {
  const hourly = (mart: string, condition: string) =>
    database.rows(`
      select channel_id, cast(hour_at as varchar) as hour_at, _export, _line, cast(sum(amount) as varchar) as amount
      from (${definitions.models.get(mart)?.trace}) where ${condition} group by all order by all`);
  expect(await hourly('sales_hourly', "measure = 'timed_orders'")).toEqual([
    { channel_id: 'mall', hour_at: `${day} 08:30:00`, _export: 'mall', _line: '1', amount: '1.0000' },
    { channel_id: 'shop', hour_at: `${day} 09:00:00`, _export: 'orders', _line: '1', amount: '1.0000' },
    { channel_id: 'shop', hour_at: `${day} 09:00:00`, _export: 'orders', _line: '2', amount: '1.0000' },
    { channel_id: 'shop', hour_at: `${day} 10:00:00`, _export: 'orders', _line: '3', amount: '1.0000' },
  ]);
  // 9.99 and 0.49 USD at 7.1234.
  expect(await hourly('kpi_hourly', "channel_id = 'shop' and kpi_id = 'gross_sales'")).toEqual([
    { channel_id: 'shop', hour_at: `${day} 09:00:00`, _export: 'lines', _line: '1', amount: '20.5000' },
    { channel_id: 'shop', hour_at: `${day} 09:00:00`, _export: 'lines', _line: '2', amount: '74.6532' },
  ]);
  expect(
    await database.rows(`
      select channel_id, cast(numerator as varchar) as numerator from kpi_hourly
      where kpi_id = 'gross_sales' and numerator <> 0 order by 1`),
  ).toEqual([{ channel_id: 'shop', numerator: '95.1532' }]);
});

it('says of kpi_daily which cells have no records: those that count persons', async () => {
  const named = await database.rows(`
    select kpi_id, (select count(*) from kpi_daily as cells where cells.kpi_id = gaps.kpi_id) > 0 as is_filled
    from (select distinct kpi_id from (${definitions.models.get('kpi_daily')?.trace_gaps})) as gaps order by 1`);
  const filled = await database.rows(
    `select distinct kpi_id, true as is_filled from kpi_daily where kpi_id in ${persons} order by 1`,
  );
  expect(named).toEqual(filled);
  expect(named).not.toEqual([]);
});
