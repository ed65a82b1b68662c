import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { replayQuarantine } from '../../pipelines/steps/quarantine.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { StagedLake } from '../ingest/staged-lake.ts';

/** Lines that add up: what another file states again is a repeat. */
const contract = `contract: till_lines
title: { en: Lines of a till, zh: 收银明细 }
channel: { channel_id: till, name: Till, name_zh: 收银台, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: ticket, headers: [Ticket], type: id, required: true, not_null: true }
  - { name: line, headers: [Line], type: id, required: true, not_null: true }
  - { name: day, headers: [Sold at], type: datetime, required: true, not_null: true }
  - { name: pieces, headers: [Pieces], type: integer, required: true, not_null: true }
  - { name: price, headers: [Price], type: decimal, required: true, not_null: true }
outputs:
  - dataset: order_lines
    write: append
    columns: { order_id: ticket, line_id: line, ordered_at: day, quantity: pieces, unit_price: price, kind: "'sale'" }
`;
const header = 'Ticket,Line,Sold at,Pieces,Price\n';
const lenient = contract
  .replace('headers: [Pieces], type: integer, required: true, not_null: true', 'headers: [Pieces], type: text')
  .replace('quantity: pieces', 'quantity: "1"');

/** T2 stands in both files, with a slip of the pen in the first; T9 has no price that can be read. */
const monday = `${header}T1,1,2026-03-02 09:00:00,1,10.00\nT2,1,2026-03-02 10:00:00,one,20.00\nT9,1,2026-03-02 11:00:00,1,x\n`;
const tuesday = `${header}T2,1,2026-03-02 10:00:00,1,20.00\nT3,1,2026-03-03 09:00:00,1,30.00\n`;

describe('rows that several files state under append', () => {
  const lakes: StagedLake[] = [];
  afterEach(() => {
    for (const lake of lakes.splice(0)) lake.discard();
  });

  function openShop() {
    const shop = new StagedLake();
    lakes.push(shop);
    const catalog = join(shop.folder, 'catalog');
    const teach = (text: string): Definitions => {
      mkdirSync(join(catalog, 'contracts'), { recursive: true });
      writeFileSync(join(catalog, 'contracts/till_lines.yaml'), text);
      const all = loadDefinitions([catalog]);
      const models = [...all.models].filter(([name]) => /^(?:stg_.*|order_facts|order_refunds)$/.test(name));
      return { ...all, models: new Map(models) };
    };
    let definitions = teach(lenient);
    let clock = Date.parse('2026-03-04T00:00:00Z');
    const tick = (): Date => {
      clock += 1000;
      return new Date(clock);
    };
    const ports = () => ({
      ...shop.ports,
      ingest: createIngest({ catalog: definitions, pseudonymKey: () => ({ version: 1, secret: new Uint8Array(32) }) }),
      now: tick,
    });
    const only = async (receipts: AsyncGenerator<Receipt>) => (await receipts.next()).value as Receipt | undefined;
    return {
      ingest(name: string, text: string) {
        writeFileSync(join(shop.folder, name), text);
        return only(ingestExports([join(shop.folder, name)], {}, ports()));
      },
      mend() {
        definitions = teach(contract);
      },
      replay: (receipt: Receipt | undefined) => only(replayQuarantine(receipt?.export, ports())),
      async orders() {
        const builder = createDuckDbWarehouse(shop.lake);
        const settings = { reportingCurrency: 'CNY' };
        await buildModels({ lake: shop.lake, builder, definitions, settings, now: () => new Date(clock) });
        const { release } = await currentRelease(shop.lake);
        const session = await builder.openRelease(release!, {
          datasets: [...definitions.datasets.values()],
          models: [...definitions.models.values()],
        });
        const { rows } = await session.query('select order_id, order_lines, gross_sales from order_facts order by 1');
        await session.close();
        return rows.map((row) => `${row['order_id']}: ${row['order_lines']} for ${row['gross_sales']}`);
      },
    };
  }

  it('count once, and are repeats of the file that landed first', async () => {
    const shop = openShop();
    expect(await shop.ingest('monday.csv', monday)).toMatchObject({
      rows_in: 3,
      accepted: 2,
      rejected: 1,
      repeated: 0,
    });
    expect(await shop.ingest('tuesday.csv', tuesday)).toMatchObject({ rows_in: 2, accepted: 1, repeated: 1 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('come out the same, whichever file is read first', async () => {
    const shop = openShop();
    expect(await shop.ingest('tuesday.csv', tuesday)).toMatchObject({ accepted: 2, repeated: 0 });
    expect(await shop.ingest('monday.csv', monday)).toMatchObject({ accepted: 1, rejected: 1, repeated: 1 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('stay while any file states them, also when the first one is read again without them', async () => {
    const shop = openShop();
    const first = await shop.ingest('monday.csv', monday);
    await shop.ingest('tuesday.csv', tuesday);
    shop.mend();
    // Under the mended contract "one" is no number, so that only Tuesday's file has T2.
    expect(await shop.replay(first)).toMatchObject({ attempt: 2, accepted: 1, rejected: 2, repeated: 0 });
    expect(await shop.orders()).toEqual(['T1: 1 for 10.0000', 'T2: 1 for 20.0000', 'T3: 1 for 30.0000']);
  });

  it('are no repeats of what landed after them when their file is read again', async () => {
    const shop = openShop();
    const first = await shop.ingest('monday.csv', monday);
    await shop.ingest('tuesday.csv', tuesday);
    expect(await shop.replay(first)).toMatchObject({ attempt: 2, accepted: 2, rejected: 1, repeated: 0 });
  });
});
