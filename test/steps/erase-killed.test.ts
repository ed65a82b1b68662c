import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../../pipelines/compose.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { type EraseReport, erasePerson } from '../../pipelines/steps/erase-person.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { liLei, writeExports } from '../fixtures/erasable-person.ts';
import { faultyLake } from '../fixtures/faulty-lake.ts';
import { query } from '../ingest/staged-lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-erase-killed-'));
const catalog = writeExports(folder);
const definitions = loadDefinitions([catalog]);
const key = { version: 1, secret: new Uint8Array(32).fill(7) };
const ingest = createIngest({ catalog: definitions, pseudonymKey: () => key });
const now = () => new Date('2026-03-10T00:00:00Z');
let lakes = 0;

class Killed extends Error {}

function lakeLike(template: string): string {
  lakes += 1;
  const lake = join(folder, `lake${lakes}`);
  cpSync(join(folder, template), lake, { recursive: true });
  return lake;
}

async function erase(lake: Lake): Promise<EraseReport> {
  const builder = createDuckDbWarehouse(lake);
  const settings = { reportingCurrency: 'CNY' };
  return await erasePerson(
    liLei.phone,
    {},
    {
      ...{ lake, ingest, definitions, now, newAttempt: () => randomBytes(6).toString('hex') },
      build: (wish) => buildModels({ lake, builder, definitions, settings, now }, wish),
    },
  );
}

/** Erases in a lake that is left alone; answers how many writes that takes. */
async function countWrites(lake: string): Promise<number> {
  let writes = 0;
  await erase(
    faultyLake(
      createFolderLake(lake),
      { at: 0, when: 'before' },
      () => undefined,
      () => {
        writes += 1;
      },
    ),
  );
  return writes;
}

/** Everything that a reader may come upon, without the names that each run makes up. */
async function visible(folderOfLake: string): Promise<unknown> {
  const lake = createFolderLake(folderOfLake);
  const keys: string[] = [];
  for await (const object of lake.list('')) keys.push(object.key);
  const receipts = [];
  for (const receiptKey of keys.filter((each) => /^receipts\/[^/]+\/[^/]+\/\d+\.json$/.test(each))) {
    const receipt = JSON.parse(Buffer.from((await lake.read(receiptKey)) ?? []).toString()) as Receipt;
    const files = receipt.staged.filter((part) => keys.includes(part.key));
    const paths = await Promise.all(files.map((part) => lake.localPath(part.key)));
    const rows = paths.map((path) => query(`from read_parquet(${quotedString(path)}) order by _line`));
    const held = receipt.quarantine_key;
    const isHeld = held !== null && keys.includes(held);
    const quarantined = isHeld ? await query(`from read_parquet(${quotedString(await lake.localPath(held))})`) : [];
    const bare = { ...receipt, quarantine_key: null, staged: receipt.staged.map((part) => ({ ...part, key: '' })) };
    receipts.push([receiptKey, bare, await Promise.all(rows), quarantined]);
  }
  const lasting = keys.filter((each) =>
    /^(?:raw|erasures|releases\/[0-9a-f]+\.json|receipts\/[0-9a-f]{64}\.json)/.test(each),
  );
  return { receipts, lasting, suppressed: Buffer.from((await lake.read('erasures/suppressed.json')) ?? []).toString() };
}

/** Killed just after a write, which is just before the next. */
async function survivesKill(template: string, at: number, undisturbed: unknown): Promise<void> {
  const lake = lakeLike(template);
  const killed = faultyLake(createFolderLake(lake), { at, when: 'after' }, () => {
    throw new Killed();
  });
  await expect(erase(killed)).rejects.toThrow(Killed);
  // The run that was killed may have done all that a second one would look for.
  const again = await erase(createFolderLake(lake));
  expect(again.still_found).toEqual([]);
  expect(await visible(lake)).toEqual(undisturbed);
  rmSync(lake, { recursive: true });
}

beforeAll(async () => {
  for (const template of ['rows', 'release']) {
    const tidemark = compose({
      ...{
        lake: join(folder, template),
        catalogs: [catalog],
        engine: 'duckdb',
        language: 'en',
        reportingCurrency: 'CNY',
      },
      ...{ now, pseudonymKey: key },
    });
    const files = ['crm_contacts_20260302.csv', 'paper.csv.gz', 'addresses.csv'].map((name) =>
      join(folder, 'exports', name),
    );
    for await (const _ of tidemark.ingest(files, {})) void _;
    if (template === 'release') await tidemark.build({}, () => undefined);
  }
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('an erasure that is killed and started again', () => {
  it('ends as if nothing had happened, at whichever write', async () => {
    const undisturbed = lakeLike('rows');
    const writes = await countWrites(undisturbed);
    expect(writes).toBeGreaterThan(20);
    const expected = await visible(undisturbed);
    // The long run kills at every one; each takes two erasures.
    for (let at = 1; at <= writes; at += process.env['TIDEMARK_LONG'] === '1' ? 1 : 3) {
      await survivesKill('rows', at, expected);
    }
  }, 600_000);

  it('ends as if nothing had happened, while it builds and removes releases', async () => {
    const undisturbed = lakeLike('release');
    const writes = await countWrites(undisturbed);
    const expected = await visible(undisturbed);
    // The last writes: a release, its pointer, two removals, and one look for old versions per place.
    for (const fromEnd of [10, 9, 8]) await survivesKill('release', writes - fromEnd, expected);
  }, 600_000);
});
