import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Kiosk, openKiosk } from './kiosk.ts';
import { oldWorkbook } from './parse/old-workbook-sample.ts';
import { writeZip } from './parse/write-zip.ts';
import { query, type StagedLake } from './staged-lake.ts';

const wish = {
  columns: [
    '{ name: number, headers: [订单号], type: id, required: true, not_null: true }',
    '{ name: day, headers: [日期], type: datetime, required: true }',
    '{ name: total, headers: [金额], type: decimal, required: true }',
    '{ name: phone, headers: [手机], type: text, personal: phone }',
  ],
  persons: 'persons: [{ column: phone, kind: phone }]\n',
};
const rows = [
  { 订单号: 'K1', 日期: '2024-05-01 10:00:00', 金额: '12.60', 手机: '13800001111' },
  { 订单号: 'K2', 日期: '2024-05-02 11:00:00', 金额: '1,025.00', 手机: '' },
];
const csv = `订单号,日期,金额,手机\n${rows.map((row) => `${row.订单号},${row.日期},"${row.金额}",${row.手机}`).join('\n')}\n`;

function workbook(): Buffer {
  const cells = (row: number, values: readonly string[]) =>
    `<row r="${row}">${values.map((value, at) => `<c r="${'ABCD'[at]}${row}" t="str"><v>${value}</v></c>`).join('')}</row>`;
  const lines = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))];
  return writeZip({
    'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="a" Target="worksheets/a.xml"/></Relationships>',
    'xl/worksheets/a.xml': `<worksheet><sheetData>${lines.map((line, at) => cells(at + 1, line)).join('')}</sheetData></worksheet>`,
  });
}

let kiosk: Kiosk;
let folder: string;
let lake: StagedLake;

beforeAll(() => {
  kiosk = openKiosk(wish);
  ({ folder, lake } = kiosk);
});
afterAll(() => kiosk.discard());

async function parquet(): Promise<Uint8Array> {
  const path = join(folder, 'sound.parquet');
  const values = rows.map((row) => `('${Object.values(row).join("', '")}')`).join(', ');
  await query(`copy (from (values ${values}) as t("订单号", "日期", "金额", "手机")) to '${path}' (format parquet)`);
  return readFileSync(path);
}

const samples: Record<string, () => Uint8Array | Promise<Uint8Array>> = {
  csv: () => Buffer.from(csv),
  'csv.gz': () => gzipSync(csv),
  zip: () => writeZip({ 'a.csv': csv }),
  xlsx: workbook,
  xls: oldWorkbook,
  json: () => Buffer.from(JSON.stringify(rows)),
  ndjson: () => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
  parquet,
};
const places = process.env['TIDEMARK_LONG'] === '1' ? 40 : 5;

describe('an export of which any byte is flipped, doubled, or the last', () => {
  for (const [extension, sound] of Object.entries(samples)) {
    it(`gets one receipt that adds up: ${extension}`, { timeout: 600_000 }, async () => {
      const whole = await sound();
      const [first] = await ingest(whole, extension);
      expect(first).toMatchObject({ status: 'accepted', rejected: 0 });
      const stride = Math.max(1, Math.floor(whole.length / places));
      // Another start in each format, or structures of even length would always be hit at the same place.
      for (let at = extension.length % stride; at < whole.length; at += stride) {
        const flipped = Uint8Array.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 0x55;
        const doubled = Buffer.concat([whole.subarray(0, at + 1), whole.subarray(at)]);
        for (const damaged of [flipped, doubled, whole.subarray(0, at)]) {
          const receipts = await ingest(damaged, extension);
          expect(receipts, `byte ${at}`).toHaveLength(1);
          const { rows_in, accepted, rejected, repeated, status } = receipts[0]!;
          expect(accepted + rejected + repeated, `byte ${at}`).toBe(rows_in);
          expect(['accepted', 'partial', 'refused', 'duplicate'], `byte ${at}`).toContain(status);
        }
      }
    });
  }
});

it('a header that holds a zero is a name like others', async () => {
  const [receipt] = await ingest(Buffer.from(csv.replace('手机', '颜\0色').replaceAll('13800001111', '蓝')), 'csv');
  expect(receipt).toMatchObject({ status: 'accepted', accepted: 2 });
  const [row] = await lake.rows([receipt!], 'orders', `select _extra from STAGED where order_id = 'K1'`);
  expect(JSON.parse(String(row?.['_extra']))).toEqual({ '颜 色': '蓝' });
});

function ingest(bytes: Uint8Array, extension: string) {
  const path = join(folder, `damaged.${extension}`);
  writeFileSync(path, bytes);
  return lake.ingest([path], { source: 'kiosk_sales' });
}
