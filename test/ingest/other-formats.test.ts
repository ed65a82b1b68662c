import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kiosk, openKiosk } from './kiosk.ts';
import { oldWorkbook } from './parse/old-workbook-sample.ts';
import { writeZip } from './parse/write-zip.ts';
import { query, type StagedLake } from './staged-lake.ts';

let kiosk: Kiosk;
let folder: string;
let lake: StagedLake;

const wish = {
  columns: [
    '{ name: number, headers: [订单号], type: id, required: true, not_null: true }',
    '{ name: day, headers: [日期], type: datetime, required: true }',
    '{ name: total, headers: [金额], type: decimal, required: true }',
  ],
};

beforeAll(() => {
  kiosk = openKiosk(wish);
  ({ folder, lake } = kiosk);
});
afterAll(() => kiosk.discard());

const rows = [
  { 订单号: 'K1', 日期: '2024-05-01 10:00:00', 金额: '12.60' },
  { 订单号: 'K2', 日期: '2024-05-02 11:00:00', 金额: '1,025.00' },
  { 订单号: '', 日期: '2024-05-03 12:00:00', 金额: '3' },
];
const csv = `订单号,日期,金额\n${rows.map((row) => `${row.订单号},${row.日期},"${row.金额}"`).join('\n')}\n`;

function cells(row: number, values: readonly string[]): string {
  const all = values.map((value, at) => `<c r="${'ABC'[at]}${row}" t="str"><v>${value}</v></c>`);
  return `<row r="${row}">${all.join('')}</row>`;
}

function workbook(): Buffer {
  const sheet = (lines: readonly (readonly string[])[]): string =>
    `<worksheet><sheetData>${lines.map((line, at) => cells(at + 1, line)).join('')}</sheetData></worksheet>`;
  return writeZip({
    'xl/workbook.xml':
      '<workbook xmlns:r="r"><sheets><sheet name="Notes" r:id="a"/><sheet name="Sales" r:id="b"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="a" Target="worksheets/a.xml"/><Relationship Id="b" Target="worksheets/b.xml"/></Relationships>',
    'xl/worksheets/a.xml': sheet([
      ['who', 'what'],
      ['Kim', 'checked'],
    ]),
    'xl/worksheets/b.xml': sheet([['订单号', '日期', '金额'], ...rows.map((row) => Object.values(row))]),
  });
}

describe('exports that are no text', () => {
  it.each<[string, () => Uint8Array | string]>([
    ['sales.xlsx', workbook],
    ['sales.zip', () => writeZip({ 'a/sales.csv': csv })],
    ['sales.json', () => JSON.stringify(rows)],
    ['sales.ndjson', () => rows.map((row) => JSON.stringify(row)).join('\n')],
    ['sales.json.gz', () => gzipSync(JSON.stringify(rows))],
  ])('are staged and quarantined as a text would be: %s', async (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content());
    const receipts = await lake.ingest([path]);
    expect(receipts[0]).toMatchObject({
      file: name,
      source: 'kiosk_sales',
      status: 'partial',
      rows_in: 3,
      accepted: 2,
      rejected: 1,
      reasons: [{ reason: 'missing:number', count: 1, example_line: 3 }],
    });
    expect(await lake.rows(receipts, 'orders', 'select order_id, total_amount, _line from STAGED order by 1')).toEqual([
      { order_id: 'K1', total_amount: '12.6000', _line: '1' },
      { order_id: 'K2', total_amount: '1025.0000', _line: '2' },
    ]);
    const codes = receipts[0]?.notes.map(({ code }) => code) ?? [];
    expect(codes.includes('further_tables')).toBe(name === 'sales.xlsx');
  });

  it('are read from old workbooks and from Parquet', async () => {
    const old = join(folder, 'sales.xls');
    writeFileSync(old, oldWorkbook());
    const parquet = join(folder, 'sales.parquet');
    await query(
      `copy (select 'P1' as "订单号", timestamp '2024-05-01 10:00:00' as "日期", 7.5 as "金额") to '${parquet}' (format parquet)`,
    );
    const receipts = await lake.ingest([old, parquet]);
    expect(receipts.map(({ source, status, accepted }) => [source, status, accepted])).toEqual([
      ['kiosk_sales', 'accepted', 3],
      ['kiosk_sales', 'accepted', 1],
    ]);
    const read = await lake.rows(
      receipts,
      'orders',
      'select order_id, ordered_date, total_amount from STAGED order by 1',
    );
    expect(read).toEqual([
      { order_id: 'P1', ordered_date: '2024-05-01', total_amount: '7.5000' },
      { order_id: 'TB1', ordered_date: '2024-05-01', total_amount: '12.6000' },
      { order_id: 'TB2', ordered_date: '2024-05-02', total_amount: '1025.0000' },
      { order_id: 'TB3', ordered_date: '2024-05-03', total_amount: '0.1000' },
    ]);
  });

  it.each<[string, () => Uint8Array, string | undefined]>([
    ['broken.xlsx', () => workbook().subarray(0, 300), undefined],
    ['broken.xls', () => oldWorkbook().subarray(0, 700), 'kiosk_sales'],
    ['picture.png', () => Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]), undefined],
  ])('get a receipt where they are broken or no table: %s', async (name, content, source) => {
    const path = join(folder, name);
    writeFileSync(path, content());
    const [receipt] = await lake.ingest([path], source === undefined ? {} : { source });
    expect(receipt).toMatchObject({ status: 'refused', reasons: [{ reason: 'unreadable_file' }] });
  });
});
