import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeText } from './encode-text.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from './paper-shop.ts';
import { StagedLake } from './staged-lake.ts';

let folder: string;
let lake: StagedLake;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-read-'));
  lake = new StagedLake({ catalogs: [paperShopCatalog(folder)] });
});

afterEach(() => {
  lake.discard();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, body: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, body);
  return path;
}

/** Staged lines in file order, without what differs from file to file. */
async function lines(from: StagedLake, path: string): Promise<Record<string, unknown>[]> {
  const receipts = await from.ingest([path]);
  expect(receipts.map(({ status, notes, reasons }) => ({ status, notes, reasons }))[0]).toMatchObject({
    status: 'accepted',
  });
  return await from.rows(receipts, 'order_lines', 'select * exclude (_export) from STAGED order by _line');
}

describe('dialects and encodings', () => {
  const records = paperRecords(24);
  const plain = table([paperHeader, ...records]);

  it('stages what the file says, with its line numbers', async () => {
    const [first, second] = await lines(lake, file('shop.csv', plain));
    expect(first).toMatchObject({
      channel_id: 'paper_shop',
      order_id: 'P0',
      line_id: 'K0#1',
      // 1 January 00:00 in Shanghai is 16:00 of the day before in UTC.
      ordered_at: '2023-12-31 16:00:00',
      ordered_date: '2024-01-01',
      product_id: 'K0',
      product_name: '普通',
      quantity: '1.0000',
      unit_price: '1.0500',
      line_amount: '1.0500',
      cost_amount: null,
      kind: 'sale',
      currency: 'CNY',
      source: 'paper_shop',
      _line: '1',
      _exported_at: '2026-01-05 00:00:00',
      _write: 'replace_scope',
      _carried:
        ',channel_id,order_id,line_id,ordered_at,ordered_date,product_id,product_name,quantity,unit_price,line_amount,kind,customer_ref,currency,',
      _extra: null,
    });
    expect(second).toMatchObject({ _line: '2', product_name: '加急, 请尽快', unit_price: '2.1500' });
  });

  const bom = new Uint8Array([0xef, 0xbb, 0xbf]);
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  it.each<[string, Uint8Array]>([
    ['with a byte order mark', new Uint8Array([...bom, ...utf8(plain)])],
    ['with CRLF', utf8(table([paperHeader, ...records], ',', '\r\n'))],
    ['with semicolons', utf8(table([paperHeader, ...records], ';'))],
    ['with tabs', utf8(table([paperHeader, ...records], '\t'))],
    ['in GB18030', encodeText(plain, 'gb18030')],
    ['in UTF-16', encodeText(plain, 'utf-16le')],
    ['compressed', new Uint8Array(gzipSync(plain))],
    ['without a line end at its end', utf8(plain.slice(0, -1))],
    ['with blank lines', utf8(`${plain.replace('P1,', '\nP1,')}\n\n`)],
    [
      'with blanks around headers and cells',
      utf8(table([paperHeader.map((name) => ` ${name} `), ...records.map((row) => row.map((cell) => `${cell} `))])),
    ],
    ['in columns of another order', utf8(table([paperHeader, ...records].map((row) => [...row].reverse())))],
  ])('reads the same table %s', async (_, body) => {
    const other = new StagedLake({ catalogs: [paperShopCatalog(folder)] });
    const expected = await lines(other, file('plain.csv', plain));
    other.discard();
    expect(await lines(lake, file('other.csv', body))).toEqual(expected);
  });

  it('reads a file in many small chunks as it reads it in one', async () => {
    const big = file('big.csv', table([paperHeader, ...paperRecords(3000)]));
    const small = new StagedLake({ catalogs: [paperShopCatalog(folder)], chunkBytes: 700 });
    const expected = await lines(lake, big);
    const chunked = await lines(small, big);
    small.discard();
    expect(chunked).toHaveLength(3000);
    expect(chunked).toEqual(expected);
  }, 240_000);

  it('takes GB18030 behind a long ASCII beginning', async () => {
    const ascii = paperRecords(6000).map((row) => [...row.slice(0, 6), 'plain']);
    const chinese = paperRecords(6000).slice(-6);
    const names = ['Paper order', 'Paper code', 'qty', 'price', 'time', 'tel', 'note'];
    const body = encodeText(table([names, ...ascii, ...chinese]), 'gb18030');
    const [receipt] = await lake.ingest([file('late.csv', body)], { source: 'paper_shop' });
    // The header knows neither quantity nor price, so every record is refused; what matters is that its text was decoded.
    expect(receipt?.rows_in).toBe(6006);
    const quarantined = await lake.quarantine(receipt!);
    expect(String(quarantined.at(-1)?.['raw'])).toContain('他说 ""好""');
  });
});

describe('records that are refused', () => {
  it('quarantines each once, with its text and its first reason, and accepts the rest', async () => {
    const records = paperRecords(12);
    records[1]![3] = '1-2';
    records[4]![0] = '';
    records[4]![3] = 'x';
    records[6]![2] = '0';
    records[7]![4] = '2024-02-30';
    records[8]![3] = '10,001';
    records[10] = ['', '', '', '', '', '', ''];
    const [receipt] = await lake.ingest([file('bad.csv', table([paperHeader, ...records]))]);
    expect(receipt).toMatchObject({ status: 'partial', rows_in: 11, accepted: 6, rejected: 5, repeated: 0 });
    expect(receipt?.reasons).toEqual(
      expect.arrayContaining([
        { reason: 'not_a_number:price', count: 1, example_line: 2 },
        { reason: 'missing:order_no', count: 1, example_line: 5 },
        { reason: 'out_of_range:pieces', count: 1, example_line: 7 },
        { reason: 'not_a_date:placed', count: 1, example_line: 8 },
        { reason: 'too_dear', count: 1, example_line: 9 },
      ]),
    );
    expect(receipt?.reasons).toHaveLength(5);
    expect(receipt?.notes).toEqual([expect.objectContaining({ code: 'blank_records', count: 1 })]);
    const quarantined = await lake.quarantine(receipt!);
    expect(quarantined.map((row) => [row['_line'], row['column_name'], row['reason']])).toEqual([
      ['2', 'price', 'not_a_number'],
      ['5', 'order_no', 'missing'],
      ['7', 'pieces', 'out_of_range'],
      ['8', 'placed', 'not_a_date'],
      ['9', null, 'too_dear'],
    ]);
    expect(quarantined[0]?.['raw']).toBe('P0,K1,2,1-2,2024-01-01 00:00:00,13900000000,"加急, 请尽快"');
    const staged = await lake.rows([receipt!], 'order_lines', 'select _line from STAGED order by 1');
    expect(staged.map((row) => row['_line'])).toEqual(['1', '3', '4', '6', '10', '12']);
  });

  it('refuses records with too few or too many fields, wherever they stand', async () => {
    const body = `${table([paperHeader, ...paperRecords(40)])}P9,K1,1\nP9,K1,1,2.00,2024-01-01,,x,too,many\n`;
    const [receipt] = await lake.ingest([file('shape.csv', body)]);
    expect(receipt).toMatchObject({ status: 'partial', rows_in: 42, accepted: 40, rejected: 2 });
    expect(receipt?.reasons).toEqual([{ reason: 'field_count', count: 2, example_line: 41 }]);
  });

  it('calls a file refused whose records are all refused', async () => {
    const records = paperRecords(3).map((row) => ['', ...row.slice(1)]);
    const [receipt] = await lake.ingest([file('none.csv', table([paperHeader, ...records]))]);
    expect(receipt).toMatchObject({ status: 'refused', rows_in: 3, accepted: 0, rejected: 3, staged: [] });
    expect(await lake.quarantine(receipt!)).toHaveLength(3);
  });
});

describe('records that are mended', () => {
  const damaged = [
    'Q1,K1,1,2.00,2024-01-01 00:00:00,,7" nail\n',
    'Q2,K1,1,2.00,2024-01-01 00:00:00,,"a 7" nail"\n',
    'Q3,K1,1,2.00,2024-01-01 00:00:00,,plain,,\n',
    '\n',
    'Q4,K1,1,2.00,2024-01-01 00:00:00,,one\rtwo\n',
    'Q5,K1,1,2.00,2024-01-01 00:00:00,,windows\r\n',
    'Q6,K1,1,2.00,2024-01-01 00:00:00,,"x\nQ7,K1,1,2.00,2024-01-01 00:00:00,,y\nz"\n',
    'Q9,K1,1,x"y,2024-01-01 00:00:00,,refused\n',
  ];
  const end = 'Q10,K1,1,2.00,2024-01-01 00:00:00,,"open\n';
  const body = `${table([paperHeader, ...paperRecords(40)])}${damaged.join('')}${table(paperRecords(40).slice(30))}${end}`;

  it('keep their cells, and each kind is noted with its first record', async () => {
    const receipts = await lake.ingest([file('damaged.csv', body)]);
    expect(receipts[0]).toMatchObject({ status: 'partial', rows_in: 58, accepted: 57, rejected: 1 });
    expect(
      receipts[0]?.notes.map(({ code, count, text }) => [code, count, text.match(/First at record \d+/)?.[0]]),
    ).toEqual([
      ['loose_quote', 2, 'First at record 41'],
      ['stray_quote', 1, 'First at record 42'],
      ['padded_records', 1, 'First at record 43'],
      ['empty_lines', 1, 'First at record 44'],
      ['loose_return', 1, 'First at record 44'],
      ['mixed_line_ends', 1, 'First at record 45'],
      ['doubtful_line_break', 1, 'First at record 46'],
      ['unclosed_quote', 1, 'First at record 58'],
    ]);
    const sql = "select _line, product_name from STAGED where order_id like 'Q%' order by _line";
    const rows = await lake.rows(receipts, 'order_lines', sql);
    expect(rows.map((row) => [row['_line'], row['product_name']])).toEqual([
      ['41', '7" nail'],
      ['42', 'a 7" nail'],
      ['43', 'plain'],
      ['44', 'one\rtwo'],
      ['45', 'windows'],
      ['46', 'x\nQ7,K1,1,2.00,2024-01-01 00:00:00,,y\nz'],
      ['58', '"open'],
    ]);
    expect(await lake.quarantine(receipts[0]!)).toEqual([
      { _line: '47', raw: damaged[7]?.trimEnd(), column_name: 'price', reason: 'not_a_number' },
    ]);
  });

  it('are the same wherever the file is cut', async () => {
    const rowsOf = async (chunkBytes: number): Promise<unknown> => {
      const own = new StagedLake({ catalogs: [paperShopCatalog(folder)], chunkBytes });
      const receipts = await own.ingest([file('damaged.csv', body)]);
      const rows = await own.rows(receipts, 'order_lines', 'select * from STAGED order by _line');
      own.discard();
      return { rows, notes: receipts[0]?.notes };
    };
    const whole = await rowsOf(1 << 20);
    for (const chunkBytes of [64, 300, 1000]) expect(await rowsOf(chunkBytes)).toEqual(whole);
  });
});

describe('files of odd size', () => {
  it('refuses an empty file and keeps it', async () => {
    const [receipt] = await lake.ingest([file('empty.csv', '')]);
    expect(receipt).toMatchObject({
      status: 'refused',
      source: 'unknown',
      rows_in: 0,
      reasons: [{ reason: 'empty_file' }],
    });
    expect(await lake.lake.read(receipt?.raw_key ?? '')).toHaveLength(0);
  });

  it('accepts a header without records', async () => {
    const [receipt] = await lake.ingest([file('header.csv', table([paperHeader]))]);
    expect(receipt).toMatchObject({ status: 'accepted', source: 'paper_shop', rows_in: 0, staged: [] });
  });

  it('accepts a single record', async () => {
    const [receipt] = await lake.ingest([file('one.csv', table([paperHeader, ...paperRecords(1)]))]);
    expect(receipt).toMatchObject({ status: 'accepted', rows_in: 1, accepted: 1 });
  });

  it('reads a cell of three million characters', async () => {
    const [record] = paperRecords(1);
    record![6] = '长'.repeat(1_000_000);
    const [receipt] = await lake.ingest([file('wide.csv', table([paperHeader, record!, ...paperRecords(3).slice(1)]))]);
    const [row] = await lake.rows(
      [receipt!],
      'order_lines',
      'select max(length(product_name)) as longest, count(*) as n from STAGED',
    );
    expect(row).toEqual({ longest: '1000000', n: '3' });
  });
});

describe('names and folders', () => {
  it('walks folders in name order, with Chinese names', async () => {
    const inner = join(folder, '导出', '二月 数据');
    mkdirSync(inner, { recursive: true });
    const header = table([paperHeader]);
    writeFileSync(join(inner, '订单 (1).csv'), header + table(paperRecords(2)));
    writeFileSync(join(folder, '导出', 'a.csv'), header + table(paperRecords(3)));
    writeFileSync(join(folder, '导出', '.hidden'), 'x');
    const receipts = await lake.ingest([join(folder, '导出')]);
    expect(receipts.map((receipt) => [receipt.file, receipt.rows_in])).toEqual([
      ['a.csv', 3],
      ['订单 (1).csv', 2],
    ]);
  });

  it('keeps the raw bytes', async () => {
    const body = gzipSync(table([paperHeader, ...paperRecords(5)]));
    const [receipt] = await lake.ingest([file('shop.csv.gz', body)]);
    expect(receipt?.raw_key).toMatch(/^raw\/paper_shop\/2026\/01\/[0-9a-f]{64}\.csv\.gz$/);
    expect(Buffer.from((await lake.lake.read(receipt?.raw_key ?? '')) ?? []).equals(body)).toBe(true);
  });

  it('says which contract comes nearest to an unknown header', async () => {
    const [receipt] = await lake.ingest([file('near.csv', '订单号,货号,件数,单价,怪列\nP1,K1,1,2.00,x\n')]);
    expect(receipt).toMatchObject({ status: 'refused', source: 'unknown' });
    expect(receipt?.notes[0]?.text).toBe(
      'No contract fits; paper_shop comes nearest. It misses 下单时间. It does not know 怪列.',
    );
  });

  it('repeats no cell of a file that has no header', async () => {
    const body = table(paperRecords(30));
    const [receipt] = await lake.ingest([file('bare.csv', body)]);
    expect(receipt?.status).toBe('refused');
    expect(JSON.stringify(receipt)).not.toMatch(/139\d{8}|普通/);
  });

  it('fails with one message for a path that is not there and for an unknown source', async () => {
    await expect(lake.ingest([join(folder, 'nothing.csv')])).rejects.toThrow('there is no such file or folder');
    const path = file('shop.csv', table([paperHeader, ...paperRecords(1)]));
    await expect(lake.ingest([path], { source: 'nobody' })).rejects.toThrow('there is no source "nobody"');
  });
});

describe('dates of a whole column', () => {
  const withDates = (dates: readonly string[]): string =>
    table([paperHeader, ...paperRecords(dates.length).map((row, at) => row.with(4, dates[at] ?? ''))]);

  async function datesOf(dates: readonly string[]): Promise<unknown> {
    const own = new StagedLake({
      catalogs: [paperShopCatalog(join(folder, 'dated'), ['%d/%m/%Y', '%m/%d/%Y', 'iso'])],
    });
    try {
      const [receipt] = await own.ingest([file('dates.csv', withDates(dates))]);
      if (receipt?.status === 'refused') return receipt.reasons[0]?.reason;
      const rows = await own.rows([receipt!], 'order_lines', 'select ordered_date from STAGED order by _line');
      return rows.map((row) => row['ordered_date']);
    } finally {
      own.discard();
    }
  }

  it.each<[string, string[], unknown]>([
    ['one day above twelve', ['03/04/2024', '05/06/2024', '25/06/2024'], ['2024-04-03', '2024-06-05', '2024-06-25']],
    ['one month in second place', ['03/04/2024', '06/25/2024'], ['2024-03-04', '2024-06-25']],
    ['nothing decides', ['03/04/2024', '05/06/2024'], 'ambiguous_date:placed'],
    ['both occur', ['25/04/2024', '04/25/2024', '03/04/2024'], 'mixed_dates:placed'],
    ['reading makes no difference', ['03/03/2024', '05/05/2024'], ['2024-03-03', '2024-05-05']],
    ['years first', ['2024-03-04', '2024/5/6'], ['2024-03-04', '2024-05-06']],
  ])('are decided together: %s', async (_, dates, expected) => {
    expect(await datesOf(dates)).toEqual(expected);
  });
});

describe('files that come again', () => {
  const body = table([paperHeader, ...paperRecords(9)]);

  it('leave nothing new under the same name, and a trace under another', async () => {
    const path = file('shop.csv', body);
    const [first] = await lake.ingest([path]);
    const before = await keys();
    const [again] = await lake.ingest([path]);
    expect(again).toMatchObject({ status: 'duplicate', rows_in: 9, accepted: 0, repeated: 9, export: first?.export });
    expect(await keys()).toEqual(before);
    const [renamed] = await lake.ingest([file('shop (1).csv', body)]);
    expect(renamed).toMatchObject({ status: 'duplicate', file: 'shop (1).csv' });
    const added = (await keys()).filter((key) => !before.includes(key));
    expect(added).toHaveLength(1);
    expect(added[0]).toMatch(/^receipts\/paper_shop\/[0-9a-f]{64}\/duplicate-[0-9a-f]{16}\.json$/);
  });

  it('are committed once by two that read them at the same time', async () => {
    const path = file('shop.csv', body);
    const [one, two] = await Promise.all([lake.ingest([path]), lake.ingest([path])]);
    expect([one[0]?.status, two[0]?.status].sort()).toEqual(['accepted', 'duplicate']);
    expect((await keys()).filter((key) => /^receipts\/paper_shop\/.*\/\d+\.json$/.test(key))).toHaveLength(1);
  });

  it('are read again when a contract fits that did not before', async () => {
    const bare = new StagedLake();
    const path = file('shop.csv', body);
    const [refused] = await bare.ingest([path]);
    expect(refused).toMatchObject({ status: 'refused', source: 'unknown' });
    const [stillRefused] = await bare.ingest([path]);
    expect(stillRefused).toEqual(refused);
    const taught = new StagedLake({ catalogs: [paperShopCatalog(folder)], now: '2026-03-01T00:00:00Z' });
    const ports = { ...taught.ports, lake: bare.lake };
    const { ingestExports } = await import('../../pipelines/steps/ingest-exports.ts');
    for await (const receipt of ingestExports([path], {}, ports)) {
      expect(receipt).toMatchObject({
        status: 'accepted',
        source: 'paper_shop',
        landed_at: '2026-01-05T00:00:00.000Z',
      });
    }
    bare.discard();
    taught.discard();
  });

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of lake.lake.list('')) found.push(key);
    return found;
  }
});

it('reads a hundred thousand records', async () => {
  const path = file('many.csv', table([paperHeader, ...paperRecords(100_000)]));
  const [receipt] = await lake.ingest([path]);
  expect(receipt).toMatchObject({ status: 'accepted', rows_in: 100_000, accepted: 100_000 });
  const [row] = await lake.rows(
    [receipt!],
    'order_lines',
    'select count(distinct (order_id, line_id)) as keys, min(_line) as first, max(_line) as last, count(distinct customer_ref) as persons from STAGED',
  );
  expect(row).toEqual({ keys: '100000', first: '1', last: '100000', persons: '40' });
  expect(readFileSync(path).length).toBeGreaterThan(5_000_000);
});
