import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { StagedLake } from './staged-lake.ts';

const contract = `contract: kiosk_sales
title: { en: Kiosk sales, zh: 报亭销售 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: number, headers: [单号, Ticket, Receipt No], type: id, required: true, not_null: true }
  - { name: day, headers: [日期, Sold at], type: datetime, required: true }
  - { name: total, headers: [金额, Total], type: decimal, required: true }
  - { name: freight, headers: [运费, Freight], type: decimal }
outputs:
  - dataset: orders
    write: upsert
    columns: { order_id: number, ordered_at: day, total_amount: total, shipping_amount: freight }
`;

let folder: string;
let lake: StagedLake | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-columns-'));
});
afterEach(() => {
  lake?.discard();
  rmSync(folder, { recursive: true, force: true });
});

async function read(text: string, policy = 'keep'): Promise<Receipt> {
  mkdirSync(join(folder, 'catalog/contracts'), { recursive: true });
  const yaml = contract.replace('outputs:', `unknown_columns: ${policy}\noutputs:`);
  writeFileSync(join(folder, 'catalog/contracts/kiosk_sales.yaml'), yaml);
  writeFileSync(join(folder, 'sales.csv'), text);
  lake = new StagedLake({ catalogs: [join(folder, 'catalog')] });
  const [receipt] = await lake.ingest([join(folder, 'sales.csv')]);
  return receipt!;
}

async function row(receipt: Receipt): Promise<unknown> {
  const columns = 'order_id, total_amount::varchar as total, shipping_amount::varchar as freight, _extra, _carried';
  return (await lake?.rows([receipt], 'orders', `select ${columns} from STAGED`))?.[0];
}

const plain = 'Ticket,Sold at,Total,Freight\nK1,2026-03-01 09:00:00,10.50,2.00\n';
const codes = ({ notes }: Receipt) => notes.map(({ code }) => code);

describe('the columns of an export change', () => {
  it.each([
    ['as they were', plain],
    ['in another order', 'Freight,Total,Ticket,Sold at\n2.00,10.50,K1,2026-03-01 09:00:00\n'],
    ['under other names that the contract knows', plain.replace('Ticket', ' receipt no ').replace('Total', '金额')],
  ])('nothing differs: %s', async (_what, text) => {
    const receipt = await read(text);
    expect(receipt).toMatchObject({ status: 'accepted', accepted: 1, notes: [] });
    expect(await row(receipt)).toMatchObject({ order_id: 'K1', total: '10.5000', freight: '2.0000', _extra: null });
  });

  it('says which column that may be missing is, and states nothing in its place', async () => {
    const receipt = await read('Ticket,Sold at,Total\nK1,2026-03-01 09:00:00,10.50\n');
    expect(receipt).toMatchObject({ status: 'accepted', accepted: 1 });
    expect(receipt.notes).toEqual([
      { code: 'missing_columns', count: 1, text: 'Columns that the contract knows and the file does not have: 运费.' },
    ]);
    const staged = (await row(receipt)) as { freight: unknown; _carried: string };
    expect(staged.freight).toBeNull();
    expect(staged._carried).not.toContain('shipping_amount');
  });

  it('refuses the file where a required column is gone or has a name that nobody knows', async () => {
    const receipt = await read(plain.replace('Total', 'Sum of all'));
    expect(receipt).toMatchObject({ status: 'refused', source: 'unknown', accepted: 0 });
    expect(receipt.notes[0]?.text).toContain('It misses 金额');
    expect(receipt.notes[0]?.text).toContain('Sum of all');
  });

  const wider = 'Ticket,Sold at,Total,Freight,Weather\nK1,2026-03-01 09:00:00,10.50,2.00,rain\n';

  it('keeps a new column beside the row, and says so', async () => {
    const receipt = await read(wider, 'keep');
    expect(codes(receipt)).toEqual(['unknown_columns']);
    expect(await row(receipt)).toMatchObject({ total: '10.5000', _extra: '{"Weather":"rain"}' });
  });

  it('only notes a new column where the contract wants no more', async () => {
    const receipt = await read(wider, 'note');
    expect(codes(receipt)).toEqual(['unknown_columns']);
    expect(await row(receipt)).toMatchObject({ total: '10.5000', _extra: null });
  });

  it('refuses a new column where the contract wants to hear of it first', async () => {
    const receipt = await read(wider, 'refuse');
    expect(receipt).toMatchObject({ status: 'refused', source: 'kiosk_sales', accepted: 0, staged: [] });
    expect(receipt.reasons).toEqual([{ reason: 'unknown_columns', count: 1, example_line: 0 }]);
    expect(receipt.notes[0]?.text).toContain('Weather');
  });
});
