import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import type { Order } from '../../pipelines/example/orders.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { discard, type GeneratedFolder, generateInto } from './generated-folder.ts';

interface Totals {
  orders: number;
  units: number;
  /** Cents of list price. */
  gross: number;
}

describe('ingesting the example exports', () => {
  const made = new Map<string, Totals>();
  const refunds = new Map<string, number>();
  const receipts: Receipt[] = [];
  const lakeFolder = mkdtempSync(join(tmpdir(), 'tidemark-example-lake-'));
  let world: GeneratedFolder;

  const count = (order: Order): void => {
    const totals = made.get(order.habits.id) ?? { orders: 0, units: 0, gross: 0 };
    totals.orders += 1;
    for (const line of order.lines) {
      totals.units += line.quantity;
      totals.gross += line.quantity * line.unitPrice;
    }
    made.set(order.habits.id, totals);
    if (order.refund === undefined || order.refund.at >= endOfWorld) return;
    refunds.set(order.habits.id, (refunds.get(order.habits.id) ?? 0) + order.refund.amount);
  };
  const endOfWorld = (Date.parse('2026-11-01T00:00:00Z') / 1000) | 0;

  beforeAll(async () => {
    world = await generateInto({ orders: 3000, days: 61, to: '2026-10-31', seed: 3 }, count);
    const catalog = loadDefinitions();
    const key = { version: 1, secret: new Uint8Array(32).fill(7) };
    const ingest = createIngest({ catalog, pseudonymKey: () => key });
    let attempts = 0;
    const ports = {
      lake: createFolderLake(lakeFolder),
      ingest,
      now: () => new Date('2026-11-02T00:00:00Z'),
      newAttempt: () => `attempt${attempts++}`,
    };
    for await (const receipt of ingestExports([world.folder], {}, ports)) receipts.push(receipt);
  });

  afterAll(() => {
    discard(world);
    rmSync(lakeFolder, { recursive: true, force: true });
  });

  const staged = async (sql: string): Promise<Record<string, unknown>[]> => {
    const engine = await DuckDBInstance.create(':memory:');
    const connection = await engine.connect();
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    connection.closeSync();
    engine.closeSync();
    return rows;
  };
  const files = (dataset: string): string => `read_parquet('${lakeFolder}/staged/${dataset}/**/*.parquet')`;

  it('accepts every row of every file, each by its own contract, but for the file delivered twice', () => {
    const duplicates = receipts.filter((receipt) => receipt.status === 'duplicate');
    expect(duplicates).toHaveLength(1);
    for (const receipt of receipts) {
      expect(receipt.rows_in, receipt.file).toBe(receipt.accepted + receipt.rejected + receipt.repeated);
      if (duplicates.includes(receipt)) continue;
      expect({ file: receipt.file, status: receipt.status, reasons: receipt.reasons }).toEqual({
        file: receipt.file,
        status: 'accepted',
        reasons: [],
      });
    }
    expect(new Set(receipts.map((receipt) => receipt.source)).size).toBe(20);
  });

  it('takes the time of an export from its name', () => {
    const till = receipts.find((receipt) => receipt.file.includes('korrigiert'));
    const day = new Date(till?.exported_at ?? '').toLocaleDateString('sv', { timeZone: 'Europe/Berlin' });
    expect(till?.file).toContain(day.replaceAll('-', ''));
  });

  it('stages as many orders, units and cents as the generator made', async () => {
    const rows = await staged(`
      with lines as (
        select channel_id, order_id, line_id, max(quantity) as quantity, max(unit_price) as unit_price
        from ${files('order_lines')} where kind = 'sale' group by all
      )
      select channel_id, count(distinct order_id) as orders, cast(sum(quantity) as bigint) as units,
        cast(sum(quantity * unit_price) * 100 as bigint) as gross
      from lines group by 1`);
    const totals = new Map(
      rows.map((row) => [
        String(row['channel_id']),
        { orders: Number(row['orders']), units: Number(row['units']), gross: Number(row['gross']) },
      ]),
    );
    expect(totals).toEqual(made);
  });

  it('stages what the marketplaces paid back', async () => {
    const rows = await staged(
      `select channel_id, cast(sum(amount) * 100 as bigint) as cents from ${files('refunds')} group by 1`,
    );
    const paidBack = Object.fromEntries(rows.map((row) => [row['channel_id'], Number(row['cents'])]));
    expect(paidBack).toEqual({
      tmall: refunds.get('tmall'),
      jd: refunds.get('jd'),
      douyin: refunds.get('douyin'),
    });
  });

  it('joins one person over channels, and nobody by a masked phone', async () => {
    const [row] = await staged(`
      with persons as (
        select customer_ref, count(distinct channel_id) as channels
        from ${files('orders')} where customer_ref is not null group by 1
      )
      select count(*) filter (where channels > 1) as joined, max(channels) as most from persons`);
    expect(Number(row?.['joined'])).toBeGreaterThan(5);
    const [masked] = await staged(
      `select count(*) filter (where customer_ref is null) as nobody, count(*) as all_orders
       from ${files('orders')} where channel_id = 'douyin'`,
    );
    expect(Number(masked?.['nobody']) / Number(masked?.['all_orders'])).toBeGreaterThan(0.5);
    expect(Number(masked?.['nobody']) / Number(masked?.['all_orders'])).toBeLessThan(0.7);
  });

  it('lets no phone, mail or name of a person through', async () => {
    for (const dataset of ['orders', 'order_lines', 'customers', 'customer_identifiers']) {
      const [row] = await staged(
        `select count(*) as leaks from ${files(dataset)} as t
         where regexp_matches(cast(t as varchar), '@example|(^|[^0-9a-z])1[3589][0-9]{9}([^0-9a-z]|$)|海滨路|Shore Rd')`,
      );
      expect(Number(row?.['leaks']), dataset).toBe(0);
    }
  });
});
