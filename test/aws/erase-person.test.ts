import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { erasePerson } from '../../pipelines/steps/erase-person.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { liLei, spellings, writeExports } from '../fixtures/erasable-person.ts';
import { query } from '../ingest/staged-lake.ts';
import { type EmulatedBucket, emulatedBucket, startBucket } from './emulated-bucket.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-erase-bucket-'));
let store: EmulatedBucket;
beforeAll(async () => {
  store = await startBucket();
});
afterAll(async () => {
  await store.remove();
  rmSync(folder, { recursive: true });
});

/** Every version of every object below a prefix that names the person, removed ones too. */
async function versionsNaming(prefix: string): Promise<string[]> {
  const { Versions = [], IsTruncated } = await store.client.send(
    new ListObjectVersionsCommand({ Bucket: emulatedBucket, Prefix: prefix }),
  );
  expect(IsTruncated).not.toBe(true);
  const found: string[] = [];
  for (const { Key, VersionId } of Versions) {
    const { Body } = await store.client.send(new GetObjectCommand({ Bucket: emulatedBucket, Key, VersionId }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    const texts = ['utf-8', 'gb18030'].map((encoding) => new TextDecoder(encoding).decode(plain));
    if (bytes.subarray(0, 4).toString() === 'PAR1') {
      writeFileSync(join(folder, 'version.parquet'), bytes);
      texts.push(JSON.stringify(await query(`from read_parquet(${quotedString(join(folder, 'version.parquet'))})`)));
    }
    if (texts.some((text) => spellings.some((spelling) => text.includes(spelling)))) found.push(Key ?? '');
  }
  return found;
}

it('forgets a person in a bucket with every version of every object', async () => {
  const catalog = writeExports(folder);
  const definitions = loadDefinitions([catalog]);
  const prefix = `${randomUUID()}/`;
  const lake = store.newLake({ prefix });
  const key = { version: 1, secret: new Uint8Array(32).fill(7) };
  const ingest = createIngest({ catalog: definitions, pseudonymKey: () => key });
  const now = () => new Date('2026-03-10T00:00:00Z');
  const ports = { lake, ingest, now, newAttempt: () => randomBytes(6).toString('hex') };
  const builder = createDuckDbWarehouse(lake);
  const settings = { reportingCurrency: 'CNY' };
  const build = (wish = {}) => buildModels({ lake, builder, definitions, settings, now }, wish);

  writeFileSync(join(folder, 'dropped.csv'), `Full name,E-Mail\n${liLei.name},${liLei.mail}\n`);
  await lake.putFile('landing/crm/dropped.csv', join(folder, 'dropped.csv'));
  const dropped = await lake.localPath('landing/crm/dropped.csv');
  for await (const _ of ingestExports([join(folder, 'exports'), dropped], {}, ports)) void _;
  await build();
  await build({ full: true });
  expect((await versionsNaming(prefix)).length).toBeGreaterThan(10);

  const report = await erasePerson(liLei.phone, {}, { ...ports, definitions, build });
  expect(report).toMatchObject({ still_found: [], erased_before: false });
  expect(report.files).toHaveLength(7);
  expect(report.versions_removed).toBeGreaterThan(10);
  expect(await versionsNaming(prefix)).toEqual([]);
}, 580_000);
