import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import { composeErasure } from '../../pipelines/compose-persons.ts';
import type { PseudonymKey } from '../../pipelines/ingest/pseudonym-key.ts';
import { query } from '../ingest/staged-lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-rotation-'));
const first: PseudonymKey = { version: 1, secret: new Uint8Array(32).fill(1) };
const second: PseudonymKey = { version: 2, secret: new Uint8Array(32).fill(2), older: [first] };
const third: PseudonymKey = { version: 3, secret: new Uint8Array(32).fill(3), older: [second, first] };

/** Lines that no export numbers: what tells them apart is made of all their cells, the phone among them. */
const kiosk = `contract: kiosk
title: { en: Kiosk, zh: 报亭 }
channel: { channel_id: kiosk, name: Kiosk, name_zh: 报亭, kind: store }
timezone: Asia/Shanghai
currency: CNY
columns:
  - { name: day, headers: [Sold at], type: datetime, required: true, not_null: true }
  - { name: total, headers: [Total], type: decimal, required: true, not_null: true }
  - { name: phone, headers: [Mobile], type: text, personal: phone }
  - { name: mail, headers: [Mail], type: text, personal: email }
persons: [{ column: phone, kind: phone }, { column: mail, kind: email }]
outputs:
  - dataset: orders
    write: append
    columns: { ordered_at: day, total_amount: total, paid_amount: total }
`;

const crmHeader = 'Contact ID,Mobile,Email,Gender,Birth Year,Created Date\n';
const crmRows =
  'C-1,+86 138-0000-0001,ann@example.com,Female,1990,2025-01-02 08:00:00\nC-2,,bob@example.com,Male,1991,2025-01-03 08:00:00\n';
const till = 'Sold at,Total,Mobile,Mail\n';
const february = `2026-02-03 10:00:00,10.00,13800000001,\n2026-02-04 10:00:00,20.00,,bob@example.com\n2026-02-05 10:00:00,5.00,13800000003,\n`;
const march = `2026-03-03 10:00:00,30.00,13800000001,\n2026-03-04 10:00:00,40.00,13800000002,bob@example.com\n2026-03-05 10:00:00,1.00,,ann@example.com\n`;

/** Exports in three steps, each with what the step before had too. */
const steps: readonly Readonly<Record<string, string>>[] = [
  { 'crm_contacts_20260201.csv': crmHeader + crmRows, 'february.csv': till + february },
  {
    'crm_contacts_20260301.csv': `${crmHeader + crmRows}C-3,13800000009,,,,2026-02-20 08:00:00\n`,
    'march.csv': till + february + march,
  },
  { 'april.csv': `${till + march}2026-04-01 10:00:00,2.00,13800000001,\n` },
];

let rotated: Tidemark;
let steady: Tidemark;

function open(lake: string, pseudonymKey: PseudonymKey, now: string): Tidemark {
  return compose({
    ...{ lake, catalogs: [join(folder, 'catalog')], engine: 'duckdb', language: 'en', reportingCurrency: 'CNY' },
    ...{ now: () => new Date(now), pseudonymKey },
  });
}

async function fill(lake: string, keys: readonly PseudonymKey[]): Promise<Tidemark> {
  let tidemark: Tidemark | undefined;
  for (const [at, files] of steps.entries()) {
    tidemark = open(lake, keys[at] ?? first, `2026-05-0${at + 1}T00:00:00Z`);
    mkdirSync(join(lake, '..', 'exports', String(at)), { recursive: true });
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(lake, '..', 'exports', String(at), name), text);
    for await (const receipt of tidemark.ingest([join(lake, '..', 'exports', String(at))], {})) {
      expect(receipt.status, receipt.file).toBe('accepted');
    }
    await tidemark.build({}, () => undefined);
  }
  if (tidemark === undefined) throw new Error('no steps');
  return tidemark;
}

async function select(tidemark: Tidemark, sql: string): Promise<readonly object[]> {
  const session = await tidemark.openRelease();
  try {
    return (await session.query(sql)).rows;
  } finally {
    await session.close();
  }
}

/** Distinct beginnings of the pseudonyms on orders by the day of their export. */
async function versions(tidemark: Tidemark): Promise<unknown> {
  const files: string[] = [];
  for await (const { key } of tidemark.lake.list('staged/orders/')) files.push(await tidemark.lake.localPath(key));
  const list = files.map((file) => quotedString(file)).join(', ');
  return await query(
    `select strftime(_exported_at, '%Y-%m') as month, string_agg(distinct left(customer_ref, 3)) as keys
     from read_parquet([${list}]) where customer_ref is not null group by 1, _export order by 1, 2`,
  );
}

beforeAll(async () => {
  mkdirSync(join(folder, 'catalog', 'contracts'), { recursive: true });
  writeFileSync(join(folder, 'catalog', 'contracts', 'kiosk.yaml'), kiosk);
  steady = await fill(join(folder, 'steady', 'lake'), [first, first, first]);
  rotated = await fill(join(folder, 'rotated', 'lake'), [first, second, third]);
}, 400_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('a key that was rotated between exports', () => {
  it('writes new rows under the new key', async () => {
    expect(await versions(rotated)).toMatchObject([{ keys: 'p1_' }, { keys: 'p2_' }, { keys: 'p3_' }]);
    expect(await versions(steady)).toMatchObject([{ keys: 'p1_' }, { keys: 'p1_' }, { keys: 'p1_' }]);
  });

  it.each([
    'select * from customer_360 order by customer_ref',
    'select * from cohorts_monthly order by all',
    'select business_date, channel_id, orders, gross_sales, customers, new_customers from sales_daily order by all',
    "select * from kpi_monthly where kpi_id in ('repeat_rate', 'active_customers', 'new_customers') order by all",
  ])('leaves every customer one: %s', async (sql) => {
    const expected = await select(steady, sql);
    expect(expected.length).toBeGreaterThan(2);
    expect(await select(rotated, sql)).toEqual(expected);
  });

  it('knows who they are: three persons of seven orders, no row twice', async () => {
    expect(
      await select(
        rotated,
        'select orders, cast(monetary as varchar) as monetary from customer_360 order by orders, monetary',
      ),
    ).toEqual([
      { orders: 1, monetary: '5.0000' },
      { orders: 2, monetary: '60.0000' },
      { orders: 4, monetary: '43.0000' },
    ]);
  });

  it('does not hide anybody from an erasure', async () => {
    const report = await composeErasure(rotated)('ann@example.com', {});
    expect(report.still_found).toEqual([]);
    expect(report.files.map(({ source }) => source).sort()).toEqual([
      'crm_contacts',
      'crm_contacts',
      'kiosk',
      'kiosk',
      'kiosk',
    ]);
    expect(await select(rotated, 'select count(*) as n from customer_360')).toEqual([{ n: 2 }]);
  }, 200_000);

  it('does not bring back anybody who was erased before', async () => {
    const fourth: PseudonymKey = { version: 4, secret: new Uint8Array(32).fill(4), older: [third, second, first] };
    const lake = join(folder, 'rotated', 'lake');
    rotated = open(lake, fourth, '2026-05-09T00:00:00Z');
    const file = join(folder, 'may.csv');
    writeFileSync(file, `${till}2026-05-02 10:00:00,3.00,13800000001,\n2026-05-03 10:00:00,4.00,,bob@example.com\n`);
    for await (const receipt of rotated.ingest([file], {})) {
      expect(receipt).toMatchObject({ accepted: 2, raw_sha: expect.stringMatching(/^[0-9a-f]{64}$/) });
      const staged = receipt.staged
        .filter(({ dataset }) => dataset === 'orders')
        .map(({ key }) => rotated.lake.localPath(key));
      const rows = await query(
        `select left(customer_ref, 3) as ref, total_amount from read_parquet([${(await Promise.all(staged)).map((path) => quotedString(path)).join(', ')}]) order by 2`,
      );
      expect(rows).toEqual([
        { ref: null, total_amount: '3.0000' },
        { ref: 'p4_', total_amount: '4.0000' },
      ]);
    }
    await rotated.build({}, () => undefined);
    expect(await select(rotated, 'select count(*) as n, sum(orders) as orders from customer_360')).toEqual([
      { n: 2, orders: 4 },
    ]);
  }, 200_000);
});
