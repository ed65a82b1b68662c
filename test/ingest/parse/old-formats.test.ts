import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../pipelines/domain/errors.ts';
import { openTable } from '../../../pipelines/ingest/parse/open-table.ts';
import { query } from '../staged-lake.ts';
import { oldWorkbook } from './old-workbook-sample.ts';
import { writeZip } from './write-zip.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'old-formats-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(bytes: Uint8Array) {
  const file = join(directory, 'file');
  await writeFile(file, bytes);
  const opened = await openTable(file);
  const tables: string[][][] = [];
  for await (const { table, header, records } of opened.batches) {
    tables[table] ??= header === null ? [] : [[...header]];
    tables[table].push(...records.map(({ fields }) => [...fields]));
  }
  return { format: opened.format, tables, codes: opened.notes().map(({ code }) => code) };
}

describe('a workbook of Excel 97 to 2003', () => {
  it('gives dates, shares, truth values and merged names as a newer one does', async () => {
    const { format, tables, codes } = await open(oldWorkbook());
    expect(format).toBe('workbook');
    expect(tables[0]).toEqual([
      ['订单号', '日期', '商品', '金额', '折扣率'],
      ['TB1', '2024-05-01', '保温杯', '12.6', '5%'],
      ['TB2', '2024-05-02 13:30:00', 'Cup', '1025', '12.5%'],
      ['TB3', '2024-05-03', '茶壶', '0.1', ''],
    ]);
    expect(tables[1]?.slice(0, 4)).toEqual([
      ['sku', 'Here free', 'Here held', 'Sold out'],
      ['1002', '2', '4', 'false'],
      ['1003', '3', '6', 'true'],
      ['1004', '4', '8', 'false'],
    ]);
    expect(codes).toEqual(['preamble', 'header_records']);
  });

  it('puts texts together that stand in several records, narrow and wide ones', async () => {
    const { tables } = await open(oldWorkbook());
    const expected = Array.from({ length: 299 }, (_, at) => {
      const n = at + 1;
      return [String(n), `${(n % 3 ? '茶' : 'x').repeat(20 + (n % 5))}${n}`];
    });
    expect(tables[2]).toEqual([['n', 'text'], ...expected]);
  });

  it('ends in a table or in an error for people, whatever byte is damaged', { timeout: 120_000 }, async () => {
    const whole = oldWorkbook();
    const stride = process.env['TIDEMARK_LONG'] === '1' ? 97 : Math.ceil(whole.length / 25);
    for (let at = 0; at < whole.length; at += stride) {
      const flipped = Uint8Array.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x55;
      for (const damaged of [flipped, whole.subarray(0, at + 1)]) {
        await open(damaged).catch((error: unknown) => expect(error, `byte ${at}`).toBeInstanceOf(TidemarkError));
      }
    }
  });
});

describe('Parquet', () => {
  it('is read as a table of texts', async () => {
    const file = join(directory, 'a.parquet');
    await query(
      `copy (select 1 as id, date '2024-05-01' as day, 12.5::decimal(9,2) as amount, cast(null as varchar) as note
        union all select 2, date '2024-05-02', 3.25, 'a,b') to '${file}' (format parquet)`,
    );
    const { format, tables } = await open(await readFile(file));
    expect(format).toBe('parquet');
    expect(tables).toEqual([
      [
        ['id', 'day', 'amount', 'note'],
        ['1', '2024-05-01', '12.50', ''],
        ['2', '2024-05-02', '3.25', 'a,b'],
      ],
    ]);
  });
});

describe('a newer workbook', () => {
  const cell = (at: string, text: string, type = 'str'): string => `<c r="${at}" t="${type}"><v>${text}</v></c>`;
  const sheet = (rows: string, merges: string): Buffer =>
    writeZip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels': '<Relationships><Relationship Id="a" Target="worksheets/s.xml"/></Relationships>',
      'xl/worksheets/s.xml': `<worksheet><sheetData>${rows}</sheetData><mergeCells>${merges}</mergeCells></worksheet>`,
    });

  it('spreads merged names over their columns, leaves a title alone, and notes errors in cells', async () => {
    const rows = [
      `<row r="1">${cell('A1', 'Report of May')}</row>`,
      `<row r="2">${cell('A2', 'sku')}${cell('B2', 'May')}</row>`,
      `<row r="3">${cell('B3', 'sold')}${cell('C3', 'left')}</row>`,
      `<row r="4">${cell('A4', '71', 'n')}${cell('B4', '5', 'n')}${cell('C4', '9', 'n')}</row>`,
      `<row r="5">${cell('A5', '72', 'n')}${cell('B5', '#REF!', 'e')}${cell('C5', '8', 'n')}</row>`,
      `<row r="6">${cell('A6', '73', 'n')}${cell('B6', '4', 'n')}${cell('C6', '7', 'n')}</row>`,
    ];
    const merges = '<mergeCell ref="A1:C1"/><mergeCell ref="B2:C2"/><mergeCell ref="A2:A3"/>';
    const { tables, codes } = await open(sheet(rows.join(''), merges));
    expect(tables).toEqual([
      [
        ['sku', 'May sold', 'May left'],
        ['71', '5', '9'],
        ['72', '#REF!', '8'],
        ['73', '4', '7'],
      ],
    ]);
    expect(codes.sort()).toEqual(['error_value', 'header_records', 'preamble']);
  });
});
