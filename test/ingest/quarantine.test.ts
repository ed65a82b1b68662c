import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { listQuarantine, replayQuarantine, showQuarantine } from '../../pipelines/steps/quarantine.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from './paper-shop.ts';
import { StagedLake } from './staged-lake.ts';

let shop: StagedLake;
let catalog: string;
let first: Receipt | undefined;

beforeAll(async () => {
  catalog = paperShopCatalog(new StagedLake().folder);
  shop = new StagedLake({ catalogs: [catalog] });
  const records = paperRecords(8);
  records[3] = (records[3] ?? []).with(2, '0');
  const file = join(shop.folder, '纸品.csv');
  writeFileSync(file, table([paperHeader, ...records]));
  [first] = await shop.ingest([file]);
});
afterAll(() => shop.discard());

it('lists files with quarantined records and shows them without their text', async () => {
  expect(first).toMatchObject({ rows_in: 8, accepted: 7, rejected: 1 });
  expect(await listQuarantine(shop.ports)).toEqual([first]);
  const sha = first?.export.slice(0, 8) ?? '';
  const record = { line: 4, reason: 'out_of_range', column: 'pieces' };
  expect(await showQuarantine(sha, {}, shop.ports)).toEqual([{ ...record, raw: null }]);
  const [shown] = await showQuarantine(sha, { withText: true }, shop.ports);
  expect(shown).toMatchObject({ ...record, raw: expect.stringContaining('139') });
  await expect(showQuarantine('ffff', {}, shop.ports)).rejects.toThrow('no file in quarantine begins with ffff');
});

it('reads the file again under a mended contract: what was rejected comes in once', async () => {
  const contract = join(catalog, 'contracts', 'paper_shop.yaml');
  writeFileSync(contract, readFileSync(contract, 'utf8').replace('minimum: 1', 'minimum: 0'));
  const key = { version: 1, secret: new Uint8Array(32).fill(7) };
  const ingest = createIngest({ catalog: loadDefinitions([catalog]), pseudonymKey: () => key });
  const ports = { ...shop.ports, ingest };
  const receipts: Receipt[] = [];
  for await (const receipt of replayQuarantine(undefined, ports)) receipts.push(receipt);
  expect(receipts).toEqual([
    expect.objectContaining({ file: '纸品.csv', attempt: 2, status: 'accepted', rows_in: 8, accepted: 8, rejected: 0 }),
  ]);
  expect(receipts[0]?.landed_at).toBe(first?.landed_at);
  const [row] = await shop.rows(
    receipts,
    'order_lines',
    'select count(*) as n, count(distinct _line) as lines from STAGED',
  );
  expect(row).toEqual({ n: '8', lines: '8' });
  expect(await listQuarantine(ports)).toEqual([]);
});
