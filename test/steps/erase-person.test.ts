import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import { composeErasure } from '../../pipelines/compose-persons.ts';
import { composeQuarantine } from '../../pipelines/compose-quarantine.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import type { EraseReport } from '../../pipelines/steps/erase-person.ts';
import {
  expectedCopies,
  hanMei,
  liLei,
  spellings,
  writeExports,
  writeLaterExports,
} from '../fixtures/erasable-person.ts';
import { query } from '../ingest/staged-lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-erase-'));
let tidemark: Tidemark;
let catalog: string;
let before: Figures;
let receiptsBefore: Receipt[];
let keysBefore: string[];
let dryRun: EraseReport;
let report: EraseReport;

function open(lake: string): Tidemark {
  return compose({
    ...{ lake, catalogs: [catalog], engine: 'duckdb', language: 'en', reportingCurrency: 'CNY' },
    now: () => new Date('2026-03-10T00:00:00Z'),
    pseudonymKey: { version: 1, secret: new Uint8Array(32).fill(7) },
  });
}

async function ingest(...paths: string[]): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for await (const receipt of tidemark.ingest(paths, {})) receipts.push(receipt);
  return receipts;
}

async function select(sql: string): Promise<readonly object[]> {
  const session = await tidemark.openRelease();
  try {
    return (await session.query(sql)).rows;
  } finally {
    await session.close();
  }
}

interface Figures {
  readonly sales: readonly object[];
  readonly reviews: readonly object[];
  readonly receipts: unknown;
}

/** What does not change when a person is forgotten. */
async function figures(): Promise<Figures> {
  return {
    sales: await select(
      `select business_date, channel_id, orders, units, gross_sales, discounts, returns, net_sales, paid_amount
       from sales_daily order by 1, 2`,
    ),
    reviews: await select(
      'select business_date, channel_id, reviews, rating_sum from satisfaction_daily order by 1, 2',
    ),
    receipts: await select(
      'select source, sum(rows_in) as rows_in, sum(accepted) as accepted from exports_received group by 1 order by 1',
    ),
  };
}

async function keys(prefix = '', of = tidemark): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of of.lake.list(prefix)) found.push(key);
  return found;
}

/** Files of a folder in which any spelling of the person stands: unpacked, and in whatever encoding. */
async function grep(lake: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(lake, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    const texts = ['utf-8', 'gb18030', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(plain));
    if (entry.name.endsWith('.parquet'))
      texts.push(JSON.stringify(await query(`from read_parquet(${quotedString(path)})`)));
    if (texts.some((text) => spellings.some((spelling) => text.includes(spelling))))
      found.push(path.slice(lake.length + 1));
  }
  return found;
}

/** The receipt that counts of each file, by source. */
async function newest(): Promise<Map<string, Receipt>> {
  const found = new Map<string, Receipt>();
  for (const key of await keys('receipts/')) {
    if (!/\/\d+\.json$/.test(key)) continue;
    const receipt = JSON.parse(Buffer.from((await tidemark.lake.read(key)) ?? []).toString()) as Receipt;
    const known = found.get(receipt.export);
    if (known === undefined || known.attempt < receipt.attempt) found.set(receipt.export, receipt);
  }
  return found;
}

beforeAll(async () => {
  catalog = writeExports(folder);
  tidemark = open(join(folder, 'lake'));
  receiptsBefore = await ingest(join(folder, 'exports'));
  await tidemark.build({}, () => undefined);
  before = await figures();
  keysBefore = await keys();
  cpSync(join(folder, 'lake'), join(folder, 'untouched'), { recursive: true });
  dryRun = await composeErasure(tidemark)(`+86 ${liLei.phone}`, { dryRun: true });
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('erasing one person', { timeout: 240_000 }, () => {
  it('says first what it would do, and changes nothing', async () => {
    expect(receiptsBefore.map(({ source }) => source).sort()).toEqual(
      ['crm_contacts', 'paper_shop', 'paper_shop', 'survey_tmall', 'tmall_orders', 'unknown'].sort(),
    );
    expect(await grep(join(folder, 'lake'))).not.toEqual([]);
    expect(dryRun).toMatchObject({ dry_run: true, erased_before: false, objects_removed: 0 });
    expect(dryRun.files).toHaveLength(6);
    expect(await keys()).toEqual(keysBefore);
  });

  it('leaves nothing of the person in the lake, whatever looks', async () => {
    report = await composeErasure(tidemark)(`+86 ${liLei.phone}`, {});
    expect(report).toMatchObject({ dry_run: false, erased_before: false, still_found: [], files: dryRun.files });
    expect(report.releases_removed).toHaveLength(1);
    expect(JSON.stringify(report)).not.toMatch(/13812345678|李雷/);
    expect(await grep(join(folder, 'lake'))).toEqual([]);
  });

  it('keeps every total, and everybody else', async () => {
    expect(await figures()).toEqual(before);
    const [row] = await select('select count(*) as persons, sum(orders) as orders from customer_360');
    expect(row).toEqual({ persons: 1, orders: 3 });
    const [raw] = await keys('raw/tmall_orders/');
    expect(new TextDecoder('gb18030').decode(await tidemark.lake.read(raw ?? ''))).toContain(hanMei.address);
  });

  it('keeps a copy of each raw file that differs only in his cells, with a tombstone that leads to it', async () => {
    for (const receipt of (await newest()).values()) {
      const kept = Buffer.from((await tidemark.lake.read(receipt.raw_key ?? '')) ?? []);
      expect(kept.equals(Buffer.from(expectedCopies(receipt.file))), receipt.file).toBe(true);
      const tombstone = await tidemark.lake.read(`erasures/tombstones/${receipt.export}/${receipt.raw_sha}.json`);
      const first = receiptsBefore.find((known) => known.export === receipt.export);
      expect(JSON.parse(Buffer.from(tombstone ?? []).toString())).toMatchObject({
        ...{ export: receipt.export, replaced: receipt.export, kept: receipt.raw_sha, raw_key: receipt.raw_key },
        form: receipt.file === 'paper.json' ? 'clean_csv' : 'same_bytes',
      });
      const { attempt, raw_key, raw_sha, staged, quarantine_key, ...rest } = receipt;
      expect(first).toMatchObject(rest);
      expect(attempt).toBe(2);
      expect(await tidemark.lake.read(first?.raw_key ?? '')).toBeUndefined();
    }
  });

  it('knows what was delivered, and the copy, as files that it has', async () => {
    const raw = await keys('raw/');
    const again = await ingest(join(folder, 'exports'));
    expect(again.filter(({ source }) => source !== 'unknown').map(({ status }) => status)).toEqual(
      Array.from({ length: 5 }, () => 'duplicate'),
    );
    const copy = await tidemark.lake.localPath((await keys('raw/tmall_orders/'))[0] ?? '');
    expect((await ingest(copy)).map(({ status, source }) => [status, source])).toEqual([['duplicate', 'tmall_orders']]);
    expect(await keys('raw/')).toEqual(raw);
    expect(await grep(join(folder, 'lake'))).toEqual([]);
  });

  it('counts him when he is delivered again, and does not name him', async () => {
    writeLaterExports(folder);
    const [receipt] = await ingest(join(folder, 'later'));
    expect(receipt).toMatchObject({ rows_in: 5, accepted: 5, status: 'accepted' });
    expect(receipt?.raw_sha).toMatch(/^[0-9a-f]{64}$/);
    await tidemark.build({}, () => undefined);
    const [row] = await select(
      "select sum(gross_sales) as gross, sum(orders) as orders from sales_daily where channel_id = 'tmall'",
    );
    // 100.00 + 40.50 + 12.25, and 7.00 and 1.00 of the orders that are new.
    expect(row).toEqual({ gross: '160.7500', orders: 5 });
    expect(await grep(join(folder, 'lake'))).toEqual([]);
    // Nor does a new phone beside his account name anybody.
    expect(await select('select count(*) as persons from customer_360')).toEqual([{ persons: 1 }]);
    expect((await ingest(join(folder, 'later'))).map(({ status }) => status)).toEqual(['duplicate']);
  });

  it('reads a quarantined file again under the hash of what was delivered', async () => {
    const known = await newest();
    const replayed: Receipt[] = [];
    for await (const receipt of composeQuarantine(tidemark).replay(undefined)) replayed.push(receipt);
    const paper = replayed.filter(({ source }) => source === 'paper_shop');
    expect(paper).toHaveLength(2);
    for (const receipt of paper) {
      const { rows_in, accepted, rejected, raw_key, raw_sha } = known.get(receipt.export) ?? receipt;
      expect(receipt).toMatchObject({ rows_in, accepted, rejected, raw_key, raw_sha, attempt: 3 });
    }
    expect(await grep(join(folder, 'lake'))).toEqual([]);
  });

  it('has nothing left to do a second time, and says so when nobody is known', async () => {
    const again = await composeErasure(tidemark)(liLei.mail, {});
    expect(again).toMatchObject({ erased_before: true, files: [], still_found: [] });
    await expect(composeErasure(tidemark)('13700000000', {})).rejects.toThrow('nobody in this lake is known');
    await expect(composeErasure(tidemark)('13700000000', {})).rejects.not.toThrow('13700000000');
  });
});
