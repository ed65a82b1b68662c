import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTidemark } from './run-tidemark.ts';

const contract = `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: number, headers: [Ticket], type: id, required: true, not_null: true }
  - { name: day, headers: [Sold at], type: datetime, required: true, not_null: true }
  - { name: total, headers: [Total], type: decimal, required: true, not_null: true }
outputs:
  - dataset: orders
    write: upsert
    columns: { order_id: number, ordered_at: day, total_amount: total }
`;

const sales = `Ticket,Sold at,Total
K1,2026-03-02 09:00:00,12.50
K2,2026-03-02 10:00:00,gratis
K3,2026-03-02 11:00:00,3.25
`;

describe('quarantine on the command line', () => {
  let folder: string;
  let global: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-quarantine-'));
    write('catalog/contracts/kiosk_sales.yaml', contract);
    write('kiosk.csv', sales);
    global = ['--lake', join(folder, 'lake'), '--catalog', join(folder, 'catalog')];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  const tidemark = (...args: string[]) =>
    runTidemark([...args, ...global], { env: { XDG_CONFIG_HOME: join(folder, 'configuration') } });

  async function total(): Promise<string> {
    await tidemark('build');
    const { out } = await tidemark(
      'sql',
      'select sum(gross_sales) as gross, sum(orders) as orders from sales_daily',
      '--json',
    );
    return out.trim();
  }

  it('lists, shows without text, and takes the rejected record in once after the contract is mended', async () => {
    const ingested = await tidemark('ingest', join(folder, 'kiosk.csv'), '--json');
    expect(ingested.code).toBe(3);
    const receipt = JSON.parse(ingested.out) as { export: string };
    expect(receipt).toMatchObject({
      status: 'partial',
      rows_in: 3,
      accepted: 2,
      rejected: 1,
      reasons: [{ reason: 'not_a_number:total', count: 1, example_line: 2 }],
    });
    expect(await total()).toBe('[{"gross":"15.7500","orders":2}]');

    const listed = await tidemark('quarantine', 'list', '--json');
    expect(JSON.parse(listed.out)).toMatchObject({ file: 'kiosk.csv', rejected: 1 });
    const shown = await tidemark('quarantine', 'show', receipt.export.slice(0, 8), '--text', '--json');
    expect(shown.out).toContain('not_a_number');
    expect(shown.out).not.toContain('gratis');

    write(
      'catalog/contracts/kiosk_sales.yaml',
      contract
        .replace('total_amount: total', 'total_amount: "coalesce(total, 0)"')
        .replace(
          '{ name: total, headers: [Total], type: decimal, required: true, not_null: true }',
          '{ name: total, headers: [Total], type: decimal, required: true, null_words: [gratis] }',
        ),
    );
    const replayed = await tidemark('quarantine', 'replay', '--json');
    expect(replayed.code).toBe(0);
    expect(JSON.parse(replayed.out)).toMatchObject({
      status: 'accepted',
      rows_in: 3,
      accepted: 3,
      rejected: 0,
      attempt: 2,
    });
    expect(await total()).toBe('[{"gross":"15.7500","orders":3}]');

    const again = await tidemark('quarantine', 'replay', '--json');
    expect(again.out).toBe('');
    expect(await total()).toBe('[{"gross":"15.7500","orders":3}]');
  });
});
