import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidemarkError } from '../../../pipelines/domain/errors.ts';
import { openTable } from '../../../pipelines/ingest/parse/open-table.ts';
import { encodeText } from '../encode-text.ts';
import { writeWorkbook, writeZip } from './write-zip.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'open-table-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(bytes: string | Uint8Array) {
  const file = join(directory, 'file');
  await writeFile(file, bytes);
  const opened = await openTable(file);
  const tables: { name: string | undefined; rows: string[][] }[] = [];
  for await (const { table, name, header, records } of opened.batches) {
    tables[table] ??= { name, rows: header === null ? [] : [[...header]] };
    tables[table].rows.push(...records.map(({ fields }) => [...fields]));
  }
  return { format: opened.format, tables, codes: opened.notes().map(({ code }) => code) };
}

describe('a workbook', () => {
  it('gives its sheets with dates, shares and the values of formulas', async () => {
    const { format, tables, codes } = await open(writeWorkbook());
    expect(format).toBe('workbook');
    expect(tables).toEqual([
      {
        name: '订单',
        rows: [
          ['订单号', '日期', '金额', '折扣率'],
          ['TB 1', '2024-05-01', '12.6', '5%'],
          ['TB2', '2024-05-02 13:30:00', '25.2', ''],
          ['TB3', '2024-05-03', '', '12.5%'],
        ],
      },
      {
        name: 'Stock',
        rows: [
          ['sku', 'left'],
          ['1001', '4'],
        ],
      },
    ]);
    expect(codes).toEqual(['preamble', 'formula_without_value']);
  });
});

describe('archives', () => {
  it('unpacks gzip, whatever the encoding inside', async () => {
    const { tables, codes } = await open(gzipSync(encodeText('订单号;金额\nTB-1001;12\nTB-1002;8\n', 'gb18030')));
    expect(tables[0]?.rows).toEqual([
      ['订单号', '金额'],
      ['TB-1001', '12'],
      ['TB-1002', '8'],
    ]);
    expect(codes).toEqual(['encoding', 'delimiter']);
  });

  it('reads every table of a zip', async () => {
    const { tables } = await open(
      writeZip({ 'a.csv': 'n,m\n1,2\n', '__MACOSX/._a.csv': '\u0000', 'b.tsv': 'x\ty\n3\t4\n' }),
    );
    expect(tables.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['a.csv', 2],
      ['b.tsv', 2],
    ]);
  });

  it('refuses bombs without unpacking them', async () => {
    const zeros = new Uint8Array(64 << 20);
    await expect(open(writeZip({ 'a.csv': zeros }))).rejects.toThrow('far more than any table');
    await expect(open(gzipSync(zeros))).rejects.toThrow('cannot be unpacked');
  });

  it('refuses a truncated gzip', async () => {
    const whole = gzipSync('n,m\n1,2\n'.repeat(1000));
    await expect(open(whole.subarray(0, whole.length - 9))).rejects.toThrow('cannot be unpacked');
  });
});

describe('JSON', () => {
  it.each([
    ['an array', '[{"id":12345678901234567890,"to":{"town":"Ulm"},"tags":["a",2]},{"id":2,"paid":true}]'],
    [
      'an object that holds one',
      '{"count":2,"rows":[{"id":12345678901234567890,"to":{"town":"Ulm"},"tags":["a",2]},{"id":2,"paid":true}]}',
    ],
    ['lines', '{"id":12345678901234567890,"to":{"town":"Ulm"},"tags":["a",2]}\n{"id":2,"paid":true}\n'],
  ])('is read as a table: %s', async (_, text) => {
    const { format, tables } = await open(text);
    expect(format).toBe('json');
    expect(tables[0]?.rows).toEqual([
      ['id', 'to.town', 'tags', 'paid'],
      ['12345678901234567890', 'Ulm', '["a",2]', ''],
      ['2', '', '', 'true'],
    ]);
  });
});

describe('a file that is no table', () => {
  it.each([
    ['an old workbook', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
    ['a picture', [0x89, 0x50, 0x4e, 0x47]],
    ['Parquet', [0x50, 0x41, 0x52, 0x31]],
  ])('is refused with the next thing to do: %s', async (_, bytes) => {
    await expect(open(Uint8Array.from(bytes))).rejects.toMatchObject({ name: 'IngestError', next: expect.any(String) });
  });
});

describe('damage to any byte', () => {
  const samples: Record<string, Uint8Array> = {
    csv: Buffer.from('n,day,what\r\n1,2024-01-01,"a ""b"""\r\n2,2024-01-02,"c\nd"\r\n'),
    utf16: encodeText('\ufeffn,日期\n1,2024-01-01\n2,2024-01-02\n', 'utf-16le'),
    gb18030: encodeText('订单号,金额\nTB-1,退款成功\n', 'gb18030'),
    json: Buffer.from('{"rows":[{"id":1,"n":"a\\"b"},{"id":2,"n":null}]}'),
    gzip: gzipSync('n,m\n1,2\n3,4\n'),
    zip: writeZip({ 'a.csv': 'n,m\n1,2\n3,4\n' }),
    workbook: writeWorkbook(),
  };

  for (const [name, whole] of Object.entries(samples)) {
    it(`ends in a table or in an error for people: ${name}`, { timeout: 120_000 }, async () => {
      const stride = process.env['TIDEMARK_LONG'] === '1' ? 1 : Math.ceil(whole.length / 40);
      for (let at = 0; at < whole.length; at += stride) {
        const flipped = Uint8Array.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 0x55;
        const doubled = Buffer.concat([whole.subarray(0, at + 1), whole.subarray(at)]);
        for (const damaged of [flipped, doubled, whole.subarray(0, at)]) {
          await open(damaged).catch((error: unknown) => {
            expect(error, `byte ${at}`).toBeInstanceOf(TidemarkError);
          });
        }
      }
    });
  }
});

describe('a page under the name of a workbook', () => {
  it.each([
    '<html><body><table><tr><th>订单号</th></tr><tr><td>A1</td></tr></table></body></html>',
    '\ufeff<!DOCTYPE html>\n<table></table>',
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook></Workbook>',
  ])('is refused with what to do: %s', async (text) => {
    await expect(open(text)).rejects.toMatchObject({
      name: 'IngestError',
      next: expect.stringContaining('save it as XLSX'),
    });
  });

  it('is no table whose first header begins with a bracket', async () => {
    expect((await open('<id>,n\na,1\nb,2\n')).tables[0]?.rows).toHaveLength(3);
  });
});
