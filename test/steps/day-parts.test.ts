import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MartPart } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { type BuildReport, buildModels } from '../../pipelines/steps/build-models.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { shopDefinitions } from '../fixtures/shop-world.ts';
import { type Delivery, StagedLake } from '../fixtures/staged-lake.ts';

const wanted =
  /^(?:stg_.*|order_facts|order_refunds|fx_daily|product_sales_daily|customer_(?:months|years|links|state)|first_orders)$/;
const shop = shopDefinitions();
const definitions = { ...shop, models: new Map([...shop.models].filter(([name]) => wanted.test(name))) };

/** An order of each of some customers on one day of 2024, as a file of its own. */
function ordersOn(date: string, customers: readonly string[], exportedOn = date): Delivery {
  const orders = customers.map((customer) => ({
    ...{ channel_id: 'shop', order_id: `${date}-${customer}`, ordered_date: date, ordered_at: `${date} 10:00:00` },
    ...{ currency: 'CNY', items_amount: '10.00', status: 'paid', customer_ref: customer },
  }));
  return { source: 'shop', exportedAt: `${exportedOn}T23:00:00Z`, write: 'replace_scope', rows: { orders } };
}

/** Says that two pseudonyms are one person, better known under the second. */
function link(identifier: string, customer: string): Delivery {
  const rows = { customer_identifiers: [{ identifier_ref: identifier, customer_ref: customer, kind: 'email' }] };
  return { source: 'crm', exportedAt: '2024-03-20T00:00:00Z', write: 'append', rows };
}

describe('a day that comes into a history', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'day-parts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function build(...deliveries: readonly Delivery[]): Promise<BuildReport> {
    const lake = createFolderLake(folder);
    const staged = new StagedLake(lake, definitions.datasets);
    for (const delivery of deliveries) await staged.deliver(delivery);
    const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
    const builder = createDuckDbWarehouse(lake, { threads: 1 });
    return await buildModels({ lake, builder, definitions, settings, now: () => new Date('2024-04-01T00:00:00Z') });
  }

  async function partsOf(mart: string): Promise<readonly MartPart[]> {
    const { release } = await currentRelease(createFolderLake(folder));
    return release?.parts[mart] ?? [];
  }

  async function read(sql: string): Promise<readonly unknown[]> {
    const lake = createFolderLake(folder);
    const { release } = await currentRelease(lake);
    const catalog = { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };
    const session = await createDuckDbWarehouse(lake).openRelease(release!, catalog);
    const { rows } = await session.query(sql);
    await session.close();
    return rows;
  }

  function howBuilt({ models }: BuildReport, name: string) {
    return models.find(({ model }) => model === name)?.built;
  }

  it('lies beside the file of the days before it, which stays as it is', async () => {
    await build(ordersOn('2024-02-10', ['a']), ordersOn('2024-03-01', ['a', 'b']));
    const [february, march] = await partsOf('order_facts');
    await build(ordersOn('2024-03-02', ['b', 'c']));

    const [februaryNow, marchNow] = await partsOf('order_facts');
    expect(februaryNow).toEqual(february);
    expect(marchNow?.keys).toHaveLength(2);
    expect(marchNow?.keys[0]).toBe(march?.keys[0]);
    expect([march?.rows, marchNow?.rows]).toEqual([2, 4]);
    expect(await read('select count(*) as n from order_facts')).toEqual([{ n: 5 }]);
  });

  it('has the file written anew that holds what it corrects, and no other', async () => {
    await build(ordersOn('2024-03-01', ['a', 'b']));
    await build(ordersOn('2024-03-02', ['c']));
    const [before] = await partsOf('order_facts');
    const correction = ordersOn('2024-03-02', ['c'], '2024-03-05');
    const [order] = correction.rows['orders'] ?? [];
    await build({ ...correction, rows: { orders: [{ ...order, items_amount: '12.00' }] } });

    const [part] = await partsOf('order_facts');
    expect(part?.keys).toHaveLength(2);
    expect(part?.keys[0]).toBe(before?.keys[0]);
    expect(part?.keys[1]).not.toBe(before?.keys[1]);
    expect(await read('select cast(sum(gross_sales) as varchar) as sales from order_facts')).toEqual([
      { sales: '32.0000' },
    ]);
  });

  it('has its own products computed, and those of other days left as they lie', async () => {
    const sold = (date: string, product: string, exportedOn = date): Delivery => {
      const { rows, ...day } = ordersOn(date, ['a', 'b'], exportedOn);
      const lines = (rows['orders'] ?? []).map(({ channel_id, order_id, ordered_date, currency }) => ({
        ...{ channel_id, order_id, ordered_date, currency, line_id: '1', kind: 'sale', product_id: product },
        ...{ quantity: '1', unit_price: '10.00' },
      }));
      return { ...day, rows: { ...rows, order_lines: lines } };
    };
    const products = `select cast(business_date as varchar) as day, product_id, order_lines as lines
      from product_sales_daily order by 1, 2`;
    await build(sold('2024-03-01', 'tea'));
    await build(sold('2024-03-02', 'tea'));
    const [two] = await partsOf('product_sales_daily');
    expect(two?.keys).toHaveLength(2);
    const facts = await partsOf('order_facts');

    // Of the order nothing changes by its line's product.
    await build(sold('2024-03-02', 'cup', '2024-03-05'));
    expect((await partsOf('order_facts'))[0]?.id).toBe(facts[0]?.id);
    const [corrected] = await partsOf('product_sales_daily');
    expect(corrected?.keys[0]).toBe(two?.keys[0]);
    expect(await read(products)).toEqual([
      { day: '2024-03-01', product_id: 'tea', lines: 2 },
      { day: '2024-03-02', product_id: 'cup', lines: 2 },
    ]);
  });

  it('is put together with the others once there are twelve of them', { timeout: 600_000 }, async () => {
    const files = [];
    for (let day = 1; day <= 14; day++) {
      await build(ordersOn(`2024-03-${String(day).padStart(2, '0')}`, ['a']));
      files.push((await partsOf('order_facts'))[0]?.keys.length);
    }
    expect(files).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2]);
    expect(await read('select orders from customer_state')).toEqual([{ orders: 14 }]);
  });

  it('is computed for its own customers, under all their names', { timeout: 600_000 }, async () => {
    await build(ordersOn('2024-03-01', ['a', 'b', 'mail']), ordersOn('2024-02-01', ['b']));
    const [february, march] = await partsOf('first_orders');
    const day = await build(ordersOn('2024-03-02', ['b', 'c']));
    expect([howBuilt(day, 'customer_state'), howBuilt(day, 'first_orders')]).toEqual(['keys', 'keys']);
    const [februaryNow, marchNow] = await partsOf('first_orders');
    expect(februaryNow).toEqual(february);
    expect(marchNow?.keys[0]).toBe(march?.keys[0]);
    const state =
      'select customer_ref, orders, cast(first_order_date as varchar) as since from customer_state order by 1';
    expect(await read(state)).toEqual([
      { customer_ref: 'a', orders: 1, since: '2024-03-01' },
      { customer_ref: 'b', orders: 3, since: '2024-02-01' },
      { customer_ref: 'c', orders: 1, since: '2024-03-02' },
      { customer_ref: 'mail', orders: 1, since: '2024-03-01' },
    ]);

    const joined = await build(link('mail', 'c'));
    expect(howBuilt(joined, 'customer_state')).toBe('keys');
    expect(await read(state)).toEqual([
      { customer_ref: 'a', orders: 1, since: '2024-03-01' },
      { customer_ref: 'b', orders: 3, since: '2024-02-01' },
      { customer_ref: 'c', orders: 2, since: '2024-03-01' },
    ]);
    // What one name orders later counts for the person.
    await build(ordersOn('2024-03-03', ['mail']));
    expect((await read(state))[2]).toEqual({ customer_ref: 'c', orders: 3, since: '2024-03-01' });
    await build(ordersOn('2024-03-04', ['c']));
    expect((await read(state))[2]).toEqual({ customer_ref: 'c', orders: 4, since: '2024-03-01' });
    // And a link that leads on from the person takes all of it along.
    await build(link('c', 'z'));
    expect((await read(state))[2]).toEqual({ customer_ref: 'z', orders: 4, since: '2024-03-01' });
  });

  it('forgets a customer whose only order a correction takes away', async () => {
    await build(ordersOn('2024-03-01', ['a', 'b']), ordersOn('2024-02-01', ['b']));
    const orders = ordersOn('2024-03-01', ['a'], '2024-03-05').rows['orders']?.map((order) => ({
      ...order,
      customer_ref: 'b',
      ordered_date: '2024-01-05',
      ordered_at: '2024-01-05 10:00:00',
    }));
    const correction = { ...ordersOn('2024-03-01', [], '2024-03-05'), rows: { orders: orders ?? [] } };
    await build(correction);
    expect(await read('select customer_ref, cast(first_order_date as varchar) as since from first_orders')).toEqual([
      { customer_ref: 'b', since: '2024-01-05' },
    ]);
    expect((await partsOf('first_orders')).map(({ month }) => month)).toEqual(['2024-01-01']);
  });
});
