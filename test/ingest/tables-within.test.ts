import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { type Kiosk, kioskContract, openKiosk } from './kiosk.ts';
import { writeZip } from './parse/write-zip.ts';
import { StagedLake } from './staged-lake.ts';

const wish = {
  columns: [
    '{ name: number, headers: [单号, Ticket], type: id, required: true }',
    '{ name: day, headers: [日期, Sold at], type: datetime }',
    '{ name: total, headers: [金额, Total], type: decimal, required: true }',
  ],
  orderId: "coalesce(number, 'none')",
};

let kiosk: Kiosk;
let folder: string;
let lake: StagedLake;

beforeAll(() => {
  kiosk = openKiosk(wish);
  ({ folder, lake } = kiosk);
});
afterAll(() => kiosk.discard());

const read: Kiosk['read'] = (...given) => kiosk.read(...given);

async function booked(receipt: Receipt): Promise<unknown> {
  const [row] = await lake.rows(
    [receipt],
    'orders',
    `select string_agg(order_id, ' ' order by order_id) as orders, sum(total_amount)::varchar as total from STAGED`,
  );
  return row;
}

const codes = ({ notes }: Receipt) => notes.map(({ code }) => code);
const march = 'Ticket,Sold at,Total\nK1,2026-03-01 09:00:00,10.50\nK2,2026-03-02 09:00:00,20.25\n';
const april = 'Ticket,Sold at,Total\nK3,2026-04-01 09:00:00,1.00\n';

describe('a text that holds more than the records of its table', () => {
  it.each([
    ['a row of totals', `${march}Total,,30.75\n`, ['total_row']],
    ['a row of totals in Chinese', `${march.replace('Ticket', '单号')}合计,,30.75\n`, ['total_row']],
    ['its header again', `${march}${april}`, ['repeated_header']],
    [
      'another table below',
      `${march}\nRefund,Day,Amount\nR1,2026-03-05,3.00\nR2,2026-03-06,4.00\n`,
      ['several_tables'],
    ],
  ])('books no %s', async (what, text, told) => {
    const receipt = await read(`${what}.csv`, text);
    expect(receipt).toMatchObject({ status: 'accepted', rejected: 0 });
    expect(codes(receipt)).toEqual(expect.arrayContaining(told));
    const isApril = text.includes('K3');
    expect(await booked(receipt)).toEqual(
      isApril ? { orders: 'K1 K2 K3', total: '31.7500' } : { orders: 'K1 K2', total: '30.7500' },
    );
  });

  it('books no total of a packed text either', async () => {
    const receipt = await read('packed.csv.gz', gzipSync(`${march}Total,,30.75\n\n`));
    expect(await booked(receipt)).toEqual({ orders: 'K1 K2', total: '30.7500' });
  });

  it('keeps a damaged record in quarantine as before', async () => {
    const receipt = await read('damaged.csv', `${march}K9,2026-03-03 09:00:00,gratis\n${march.split('\n')[1]}\n`);
    expect(receipt).toMatchObject({ status: 'partial', rows_in: 4, accepted: 3, rejected: 1 });
    expect(receipt.reasons).toEqual([{ reason: 'not_a_number:total', count: 1, example_line: 3 }]);
  });
});

describe('a file of several tables of one kind', () => {
  it('gives the records of all of them, columns met by their names', async () => {
    const wider = 'Total,Cashier,Ticket,Sold at\n5.00,Li,K4,2026-05-01 09:00:00\n';
    const receipt = await read('months.zip', writeZip({ 'march.csv': march, 'april.csv': april, 'may.csv': wider }));
    expect(receipt).toMatchObject({ status: 'accepted', rows_in: 4, accepted: 4 });
    expect(codes(receipt)).toEqual(expect.arrayContaining(['joined_tables', 'unknown_columns']));
    expect(await booked(receipt)).toEqual({ orders: 'K1 K2 K3 K4', total: '36.7500' });
  });

  it('says what in an archive is no table, and reads the rest', async () => {
    const inner = writeZip({ 'april.csv': april });
    const receipt = await read('mixed.zip', writeZip({ 'old.zip': inner, 'march.csv': march }));
    expect(codes(receipt)).toContain('no_table');
    expect(await booked(receipt)).toEqual({ orders: 'K1 K2', total: '30.7500' });
  });

  it('refuses an archive without a table, and says what to do', async () => {
    const receipt = await read('nested.zip', writeZip({ 'old.zip': writeZip({ 'april.csv': april }) }));
    expect(receipt).toMatchObject({ status: 'refused', source: 'unknown', accepted: 0 });
    expect(receipt.notes[0]?.text).toContain('Unpack what lies packed within it');
  });
});

describe('a contract of very many columns', () => {
  it('is read though most of them name persons whom nothing asks for', async () => {
    const wide = Array.from({ length: 60 }, (_, at) => `address_${at}`);
    const columns = wide.map((name) => `  - { name: ${name}, headers: [${name}], type: text, personal: address }\n`);
    const overlay = join(folder, 'wide');
    mkdirSync(join(overlay, 'contracts'), { recursive: true });
    const text = kioskContract(wish)
      .replace('kiosk_sales', 'wide_sales')
      .replace('outputs:', `${columns.join('')}outputs:`);
    writeFileSync(join(overlay, 'contracts/wide_sales.yaml'), text);
    const other = new StagedLake({ catalogs: [overlay] });
    const file = join(folder, 'wide.csv');
    writeFileSync(file, `Ticket,Sold at,Total,${wide.join(',')}\nK1,2026-03-01,9.50,${wide.join(',')}\n`);
    const [receipt] = await other.ingest([file]);
    expect(receipt).toMatchObject({ status: 'accepted', accepted: 1 });
    other.discard();
  });
});
