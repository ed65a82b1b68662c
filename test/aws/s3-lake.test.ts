import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEncryption } from '../../pipelines/lake/s3-encryption.ts';
import { createS3Client } from '../../pipelines/lake/s3-lake.ts';
import { describeLake } from '../lake/lake.contract.ts';
import {
  emulatedBucket as bucket,
  bytes,
  clientOf,
  type EmulatedBucket,
  keysOf,
  startBucket,
  text,
} from './emulated-bucket.ts';
import { startProxy } from './store-proxy.ts';

describe('the S3 lake', () => {
  let store: EmulatedBucket;
  let client: S3Client;
  let local: string;

  beforeAll(async () => {
    store = await startBucket();
    ({ client, local } = store);
  });
  afterAll(() => store.remove());

  const newLake: EmulatedBucket['newLake'] = (...given) => store.newLake(...given);

  describeLake('a bucket', async () => ({ lake: newLake(), remove: async () => {} }));

  // With credentials in the environment: the same contract on Amazon S3 itself, below a prefix that is emptied again.
  const ownBucket = process.env['TIDEMARK_TEST_BUCKET'];
  if (ownBucket !== undefined) {
    describeLake(`the bucket ${ownBucket}`, async () => {
      const lake = newLake({ bucket: ownBucket, prefix: `tidemark-contract/${randomUUID()}/` }, createS3Client());
      return { lake, remove: async () => await lake.remove(await keysOf(lake, '')) };
    });
  }

  it('leaves no version behind of what was overwritten or removed', async () => {
    const prefix = `${randomUUID()}/`;
    const lake = newLake({ prefix });
    const file = join(await lake.scratch(), 'raw');
    for (const content of ['13800000000', '***']) {
      writeFileSync(file, content);
      await lake.putFile('raw/a.csv', file);
    }
    await lake.create('raw/b.csv', bytes('13800000000'));
    await lake.create('staged/c', bytes('p1_'));
    await lake.remove(['raw/b.csv', 'staged/c']);
    const versions = async () => {
      const found = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
      const all = [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])];
      return all.map(({ Key = '' }) => Key.slice(prefix.length)).filter((key) => !key.startsWith('.'));
    };
    expect((await versions()).toSorted()).toEqual([
      ...['raw/a.csv', 'raw/a.csv', 'raw/b.csv', 'raw/b.csv', 'staged/c', 'staged/c'],
    ]);
    // The version before, the removed one and the note of its removal.
    expect(await lake.forgetHistory('raw/')).toBe(3);
    expect((await versions()).toSorted()).toEqual(['raw/a.csv', 'staged/c', 'staged/c']);
    expect(text(await lake.read('raw/a.csv'))).toBe('***');
  });

  it('lists more than a thousand objects, and removes them', async () => {
    const lake = newLake();
    const keys = Array.from({ length: 1203 }, (_, n) => `receipts/s/${String(n).padStart(5, '0')}.json`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => lake.create(key, bytes('{}'))));
    }
    expect(await keysOf(lake, 'receipts/')).toEqual(keys);
    await lake.remove(keys);
    expect(await keysOf(lake, '')).toEqual([]);
  });

  it('sends a large file in parts and reads it back byte for byte', async () => {
    const lake = newLake();
    const content = Buffer.alloc(40 * 1024 * 1024, 'tidemark');
    const file = join(await lake.scratch(), 'large');
    writeFileSync(file, content);
    await lake.putFile('marts/large', file);
    expect(await text(await lake.read('marts/large'))?.length).toBe(content.length);
    expect((await readFile(await lake.localPath('marts/large'))).equals(content)).toBe(true);
  });

  it('hides the blanks that tell versions apart from our readers, and from nobody who reads JSON', async () => {
    const prefix = `${randomUUID()}/`;
    const lake = newLake({ prefix });
    await lake.swap('releases/current.json', bytes('{"release":"r1"}'), undefined);
    expect(text(await lake.read('releases/current.json'))).toBe('{"release":"r1"}');
    const raw = await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}releases/current.json` }));
    const stored = (await raw.Body?.transformToString()) ?? '';
    expect(stored.length).toBeGreaterThan('{"release":"r1"}'.length);
    expect(JSON.parse(stored)).toEqual({ release: 'r1' });
  });

  it('encrypts rows without persons with the shared key and leaves personal ones to the bucket’s own', async () => {
    const prefix = `${randomUUID()}/`;
    const sharedKey = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const lake = newLake({ prefix, encryption: { sharedKey, personalPrefixes: ['raw/', 'staged/reviews/'] } });
    for (const key of ['raw/a', 'staged/reviews/a', 'staged/orders/a']) await lake.create(key, bytes('x'));
    const keyOf = async (key: string) =>
      (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + key }))).SSEKMSKeyId;
    expect(await keyOf('raw/a')).not.toBe(sharedKey);
    expect(await keyOf('staged/reviews/a')).not.toBe(sharedKey);
    expect(await keyOf('staged/orders/a')).toBe(sharedKey);
  });

  it('is opened from a terminal with the keys that the bucket’s tags name', async () => {
    const sharedKey = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    expect(await readEncryption(client, bucket)).toBeUndefined();
    const TagSet = [
      { Key: 'tidemark:shared-key', Value: sharedKey },
      { Key: 'tidemark:personal-prefixes', Value: 'raw/ staged/reviews/' },
    ];
    await client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
    expect(await readEncryption(client, bucket)).toEqual({ sharedKey, personalPrefixes: ['raw/', 'staged/reviews/'] });
  });

  describe('local copies', () => {
    it('stay within their limit: the least recently used go, those in use stay', async () => {
      let now = new Date('2026-01-01T00:00:00Z');
      const localFolder = join(local, randomUUID());
      const lake = newLake({ localFolder, localLimitBytes: 25, now: () => now });
      for (const key of ['m/a', 'm/b', 'm/c']) await lake.create(key, bytes('0123456789'));
      await lake.localPath('m/a');
      await lake.localPath('m/b');
      await expect(lake.localPath('m/c')).rejects.toThrow('do not fit');
      now = new Date('2026-01-01T00:16:00Z');
      await lake.localPath('m/b');
      await lake.localPath('m/c');
      expect((await readdir(join(localFolder, 'copies', 'm'))).toSorted()).toEqual(['b', 'c']);
    });

    it('are fetched once for callers at the same time', async () => {
      const counted = await startProxy(store.url);
      const lake = newLake({}, clientOf(counted.url));
      await lake.create('m/a', bytes('rows'));
      counted.reset();
      const paths = await Promise.all(Array.from({ length: 8 }, () => lake.localPath('m/a')));
      expect(new Set(paths).size).toBe(1);
      expect(counted.count('GET')).toBe(1);
      await counted.close();
    });

    it('of a dropped file are never stale: it may be dropped again under its name', async () => {
      const prefix = `${randomUUID()}/`;
      const lake = newLake({ prefix });
      const drop = (body: string) =>
        client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}landing/shop/orders.csv`, Body: body }));
      await drop('first');
      expect(await readFile(await lake.localPath('landing/shop/orders.csv'), 'utf8')).toBe('first');
      await drop('second');
      expect(await readFile(await lake.localPath('landing/shop/orders.csv'), 'utf8')).toBe('second');
    });

    it('left by an earlier process are used again and are the first to go', async () => {
      const localFolder = join(local, randomUUID());
      mkdirSync(join(localFolder, 'copies', 'm'), { recursive: true });
      writeFileSync(join(localFolder, 'copies', 'm', 'old'), '0123456789');
      const lake = newLake({ localFolder, localLimitBytes: 15 });
      expect(await readFile(await lake.localPath('m/old'), 'utf8')).toBe('0123456789');
      const another = newLake({ localFolder, localLimitBytes: 15 });
      await another.create('m/new', bytes('0123456789'));
      const path = await another.localPath('m/new');
      expect(statSync(path).size).toBe(10);
      expect(await readdir(join(localFolder, 'copies', 'm'))).toEqual(['new']);
    });
  });

  it('names what to do where the bucket is not there', async () => {
    const lake = newLake({ bucket: 'no-such-bucket' });
    await expect(lake.read('k')).rejects.toMatchObject({ next: expect.stringContaining('deploy the storage stack') });
  });
});
