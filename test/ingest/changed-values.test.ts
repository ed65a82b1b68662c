import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { changesClocks, turnDays } from '../../pipelines/ingest/plan/zone-turns.ts';
import { StagedLake } from './staged-lake.ts';

const contract = `contract: berlin_till
title: { en: Berlin till, zh: 柏林收银 }
channel: { channel_id: berlin, name: Berlin, name_zh: 柏林, kind: store }
timezone: Europe/Berlin
currency: EUR
columns:
  - { name: ticket, headers: [ticket], type: id, required: true }
  - { name: sold, headers: [sold], type: datetime, formats: [iso, "%d.%m.%Y %H:%M"] }
  - { name: packed, headers: [packed], type: datetime }
  - { name: pieces, headers: [pieces], type: integer }
  - { name: price, headers: [price], type: decimal }
  - { name: discount, headers: [discount], type: percent }
outputs:
  - dataset: order_lines
    write: replace_scope
    columns:
      order_id: ticket
      ordered_at: sold
      product_id: "cast(packed as varchar)"
      quantity: pieces
      unit_price: price
      discount_amount: discount
      kind: "'sale'"
`;

let folder: string;
let lake: StagedLake;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-changed-'));
  mkdirSync(join(folder, 'catalog/contracts'), { recursive: true });
  writeFileSync(join(folder, 'catalog/contracts/berlin_till.yaml'), contract);
  lake = new StagedLake({ catalogs: [join(folder, 'catalog')] });
});
afterAll(() => {
  lake.discard();
  rmSync(folder, { recursive: true, force: true });
});

async function read(records: readonly string[], own = lake): Promise<Receipt> {
  const path = join(folder, 'till.csv');
  writeFileSync(path, `ticket;sold;packed;pieces;price;discount\n${records.join('\n')}\n`);
  const [receipt] = await own.ingest([path]);
  return receipt!;
}

/** Notes beside that on the delimiter. */
const notes = (receipt: Receipt) =>
  receipt.notes.filter(({ code }) => code !== 'delimiter').map(({ code, count, text }) => [code, count, text]);

const skipped =
  "Column sold: Times that the clock of the contract's zone never shows, because it is put forward over them; they were read by the offset before (2:30 as 3:30).";
const repeated =
  "Column sold: Times that the clock of the contract's zone shows twice, because it is put back; the second of the two was taken.";

describe('times on the day on which clocks are changed', () => {
  // In Berlin clocks go from 2:00 to 3:00 on 29 March 2026 and from 3:00 to 2:00 on 25 October.
  const times: [string, string][] = [
    ['2026-03-29 01:59:00', '2026-03-29 00:59:00'],
    ['2026-03-29 02:30:00', '2026-03-29 01:30:00'],
    ['2026-03-29 02:00:00', '2026-03-29 01:00:00'],
    ['2026-03-29 03:00:00', '2026-03-29 01:00:00'],
    ['2026-07-01 02:30:00', '2026-07-01 00:30:00'],
    ['2026-10-25 01:59:00', '2026-10-24 23:59:00'],
    ['2026-10-25 02:30:00', '2026-10-25 01:30:00'],
    ['2026-10-25 03:00:00', '2026-10-25 02:00:00'],
  ];
  const german = (time: string) => `${time.slice(8, 10)}.${time.slice(5, 7)}.${time.slice(0, 4)} ${time.slice(11, 16)}`;

  it.each([
    ['as they are typed by the reader', (time: string) => time],
    ['in another format', german],
  ])('are converted by a rule, and noted: %s', async (_, write) => {
    const receipt = await read(times.map(([time], at) => `T${at};${write(time)};${time};1;1.00;`));
    expect(receipt).toMatchObject({ status: 'accepted', accepted: 8 });
    expect(notes(receipt)).toEqual([
      ['skipped_times', 2, `${skipped} First at record 2.`],
      ['repeated_times', 1, `${repeated} First at record 7.`],
    ]);
    const rows = await lake.rows([receipt], 'order_lines', 'select ordered_at from STAGED order by _line');
    expect(rows.map((row) => row['ordered_at'])).toEqual(times.map(([, utc]) => utc));
  });

  it('are silent where the clock shows each once', async () => {
    expect(notes(await read(['T1;2026-03-28 02:30:00;;1;1.00;', 'T2;2026-10-24 02:30:00;;1;1.00;']))).toEqual([]);
  });
});

describe('numbers with more decimals than are kept', () => {
  it('are rounded and noted, by column', async () => {
    const numbers: [string, string, string][] = [
      // pieces, price, discount
      ['1', '1.23456', '12.5%'],
      ['1', '1.50000', '12.34567%'],
      ['1', '1.2345', '12.3456%'],
      ['1', '€ 1,234.56789', '0.1234567'],
      ['1', '2.00005', ''],
      ['1.00001', '3', ''],
      ['1.0', '0.125%', ''],
      ['1', '1.2e-7', ''],
    ];
    const receipt = await read(numbers.map((row, at) => `T${at};2026-01-01 10:00:00;;${row.join(';')}`));
    expect(receipt).toMatchObject({ status: 'accepted', accepted: 8 });
    const four = 'Numbers with more than four decimals were rounded to four.';
    const six = 'Shares with more than six decimals (four of a percentage) were rounded to six.';
    expect(notes(receipt)).toEqual([
      ['rounded_numbers', 5, `Column price: ${four} First at record 1.`],
      ['rounded_shares', 2, `Column discount: ${six} First at record 2.`],
      ['rounded_numbers', 1, `Column pieces: ${four} First at record 6.`],
    ]);
    const rows = await lake.rows([receipt], 'order_lines', 'select unit_price from STAGED order by _line');
    expect(rows.map((row) => row['unit_price'])).toEqual(
      ['1.2346', '1.5000', '1.2345', '1234.5679', '2.0001', '3.0000', '0.0013', '0.0000'], // biome-ignore format: a list
    );
  });

  it('are counted over all chunks of a file', async () => {
    const small = new StagedLake({ catalogs: [join(folder, 'catalog')], chunkBytes: 200 });
    const records = Array.from(
      { length: 60 },
      (_, at) => `T${at};2026-01-01 10:00:00;;1;${at < 10 ? '1.5' : '1.55555'};`,
    );
    expect(notes(await read(records, small))).toEqual([
      [
        'rounded_numbers',
        50,
        'Column price: Numbers with more than four decimals were rounded to four. First at record 11.',
      ],
    ]);
    small.discard();
  });
});

describe('the days on which a zone changes its clocks', () => {
  it.each([
    ['Europe/Berlin', ['2026-03-29', '2026-10-25']],
    ['America/New_York', ['2026-03-08', '2026-11-01']],
    ['Australia/Lord_Howe', ['2026-04-05', '2026-10-04']],
    ['Asia/Shanghai', []],
  ])('are among those that are looked at: %s', (zone, days) => {
    expect(changesClocks(zone)).toBe(days.length > 0);
    const found = turnDays(zone, '2026-01-01', '2026-12-31');
    expect(found).toEqual(expect.arrayContaining(days));
    expect(found.length).toBeLessThanOrEqual(days.length * 3);
    expect(turnDays(zone, '2026-05-01', '2026-08-31')).toEqual([]);
  });
});
