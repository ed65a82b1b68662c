import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { ModelDatabase } from './model-database.ts';
import { threeChannels } from './three-channels.ts';

let overlay: string;
let database: ModelDatabase;

beforeAll(() => {
  overlay = mkdtempSync(join(tmpdir(), 'tidemark-kpi-'));
  mkdirSync(join(overlay, 'kpis'));
  writeFileSync(
    join(overlay, 'kpis', 'freight_share.yaml'),
    `kpi: freight_share
family: sales
label: { en: Freight share, zh: 运费占比 }
description: { en: Freight divided by gross sales., zh: 运费 ÷ 销售总额。 }
unit: ratio
direction: lower_is_better
owner: logistics
additivity: ratio
numerator: { mart: sales_daily, column: shipping, money: true, where: "orders > 0" }
denominator: { mart: sales_daily, column: gross_sales, money: true, where: "orders > 0" }
`,
  );
});
afterAll(() => {
  database.close();
  rmSync(overlay, { recursive: true });
});

it('tells a KPI that an overlay adds by the dimensions that its YAML names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kpi-'));
  mkdirSync(join(folder, 'kpis'));
  const write = (dimension: string, mart = 'sales_daily') =>
    writeFileSync(
      join(folder, 'kpis', 'price.yaml'),
      `kpi: price
family: sales
label: { en: Price per unit, zh: 件单价 }
description: { en: Gross sales divided by units., zh: 销售总额 ÷ 件数。 }
unit: money
direction: neutral
owner: sales_manager
additivity: ratio
numerator: { mart: sales_daily, column: gross_sales, money: true }
denominator: { mart: ${mart}, column: ${mart === 'sales_daily' ? 'units' : 'sessions'} }
dimensions: [${dimension}]
`,
    );
  write('product');
  const prices = await ModelDatabase.open(loadDefinitions([folder]));
  await prices.give(threeChannels, ['kpi_by_dimension_daily']);
  // Order A of the shop: two units at 10.25 and a gift; see three-channels.
  expect(
    await prices.rows(
      `select distinct dimension from kpi_by_dimension_daily where kpi_id = 'price' and channel_id = 'shop'`,
    ),
  ).toEqual([{ dimension: 'product' }]);
  const [sums] = await prices.rows(
    `select sum(members.numerator) - max(days.numerator) as amount, sum(members.denominator) - max(days.denominator) as units
     from kpi_by_dimension_daily as members join kpi_daily as days using (kpi_id, channel_id, business_date)
     where kpi_id = 'price' and channel_id = 'shop' group by business_date order by business_date limit 1`,
  );
  expect([Number(sums?.['amount']), Number(sums?.['units'])]).toEqual([0, 0]);
  prices.close();
  write('product', 'traffic_daily');
  expect(() => loadDefinitions([folder])).toThrow(/kpis\/price: dimensions/);
  rmSync(folder, { recursive: true });
});

it('works a KPI out by the hour where its YAML says so and the hours of its parts are known', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-kpi-'));
  mkdirSync(join(folder, 'kpis'));
  const write = (denominator: string) =>
    writeFileSync(
      join(folder, 'kpis', 'unpaid_rate.yaml'),
      `kpi: unpaid_rate
family: sales
label: { en: Cancelled share, zh: 取消占比 }
description: { en: Cancelled orders divided by all placed., zh: 取消订单 ÷ 全部下单。 }
unit: ratio
direction: lower_is_better
owner: sales_manager
additivity: ratio
numerator: { mart: sales_daily, column: cancelled_orders }
denominator: ${denominator}
grains: [hour]
`,
    );
  write('{ mart: sales_daily, column: placed_orders }');
  const hours = await ModelDatabase.open(loadDefinitions([folder]));
  const hour = { channel_id: 'mall', hour_at: '2026-03-01 05:00:00', business_date: '2026-03-01' };
  await hours.give(
    {
      hour_coverage: [{ ...hour, hour_of_day: 13, is_delivered: true, is_regular: true }],
      sales_hourly: [{ ...hour, currency: 'CNY', cancelled_orders: 1, placed_orders: 8 }],
    },
    ['kpi_hourly', 'kpi_weekly'],
  );
  const rows = (mart: string) =>
    hours.rows(`select cast(value as varchar) as value from ${mart} where kpi_id = 'unpaid_rate'`);
  expect(await rows('kpi_hourly')).toEqual([{ value: '0.125000' }]);
  expect(await rows('kpi_weekly')).toEqual([]);
  hours.close();
  write('{ mart: traffic_daily, column: sessions }');
  expect(() => loadDefinitions([folder])).toThrow(/kpis\/unpaid_rate: grains/);
  rmSync(folder, { recursive: true });
});

it('computes a KPI that an overlay adds, at every grain, with nothing but its YAML', async () => {
  database = await ModelDatabase.open(loadDefinitions([overlay]));
  await database.give(threeChannels, ['kpi_daily', 'kpi_weekly', 'kpi_monthly', 'kpi_definitions']);
  const values = async (mart: string) =>
    await database.rows(
      `select channel_id, cast(value as varchar) as value from ${mart}
       where kpi_id = 'freight_share' and channel_id = 'shop' and numerator is not null`,
    );
  // Order A: freight 5 CNY on 20.50 CNY. Order B: no freight on 10.48 USD × 7.1234 = 74.6532 CNY. 5 / 95.1532 = 0.052547
  const expected = [{ channel_id: 'shop', value: '0.052547' }];
  expect(await values('kpi_daily')).toEqual(expected);
  expect(await values('kpi_weekly')).toEqual(expected);
  expect(await values('kpi_monthly')).toEqual(expected);
  expect(await database.rows(`select label_zh from kpi_definitions where kpi_id = 'freight_share'`)).toEqual([
    { label_zh: '运费占比' },
  ]);
});
