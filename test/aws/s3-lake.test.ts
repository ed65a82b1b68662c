import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createS3Lake, type S3LakeOptions } from '../../pipelines/lake/s3-lake.ts';
import { describeLake } from '../lake/lake.contract.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { type StoreProxy, startProxy } from './store-proxy.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined) => (body ? new TextDecoder().decode(body) : undefined);

describe('the S3 lake', () => {
  let aws: Ministack;
  let client: S3Client;
  let local: string;
  const bucket = 'lake-under-test';

  beforeAll(async () => {
    aws = await startMinistack();
    client = clientOf(aws.url);
    local = mkdtempSync(join(tmpdir(), 's3-lake-'));
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await client.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
    );
  });
  afterAll(async () => {
    client.destroy();
    rmSync(local, { recursive: true });
    await aws.stop();
  });

  function newLake(changes: Partial<S3LakeOptions> = {}, through = client): Lake {
    const options = {
      bucket,
      prefix: `${randomUUID()}/`,
      localFolder: join(local, randomUUID()),
      localLimitBytes: 1e9,
      now: () => new Date(),
    };
    return createS3Lake({ ...options, ...changes }, through);
  }

  describeLake('a bucket', async () => ({ lake: newLake(), remove: async () => {} }));

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
      const counted = await startProxy(aws.url);
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

  describe('when the network fails', () => {
    let proxy: StoreProxy;
    beforeEach(async () => {
      proxy = await startProxy(aws.url);
    });
    afterEach(() => proxy.close());

    it('says "created" although the answer to its write was lost', async () => {
      const lake = newLake({}, clientOf(proxy.url));
      await lake.create('warm/up', bytes('x'));
      proxy.loseAnswers(1);
      expect(await lake.create('receipts/1', bytes('mine'))).toBe('created');
      proxy.loseAnswers(1);
      expect(await lake.create('receipts/1', bytes('again'))).toBe('exists');
      expect(text(await lake.read('receipts/1'))).toBe('mine');
    });

    it('says "swapped" although the answer to its swap was lost', async () => {
      const lake = newLake({}, clientOf(proxy.url));
      await lake.swap('p', bytes('a'), undefined);
      const seen = await lake.readVersion('p');
      proxy.loseAnswers(1);
      expect(await lake.swap('p', bytes('b'), seen?.tag)).toBe('swapped');
      expect(await lake.swap('p', bytes('c'), seen?.tag)).toBe('lost');
    });

    it('names bucket and object, and says that trying again may help', async () => {
      const lake = newLake({}, clientOf(proxy.url, 1));
      await lake.create('warm/up', bytes('x'));
      proxy.loseAnswers(10);
      await expect(lake.read('releases/current.json')).rejects.toMatchObject({
        name: 'LakeError',
        where: expect.stringContaining('releases/current.json in s3://lake-under-test/'),
        retryable: true,
      });
    });
  });

  it('names what to do where the bucket is not there', async () => {
    const lake = newLake({ bucket: 'no-such-bucket' });
    await expect(lake.read('k')).rejects.toMatchObject({ next: expect.stringContaining('deploy the storage stack') });
  });

  it('refuses a store that does not keep conditional writes, before it writes anything', async () => {
    const careless = await startProxy(aws.url, { dropConditions: true });
    const prefix = `${randomUUID()}/`;
    const lake = newLake({ prefix }, clientOf(careless.url));
    await expect(lake.create('receipts/1', bytes('x'))).rejects.toThrow('does not keep conditional writes');
    expect(await keysOf(newLake({ prefix }), '')).toEqual([]);
    await careless.close();
  });
});

async function keysOf(lake: Lake, prefix: string): Promise<string[]> {
  const keys = [];
  for await (const { key } of lake.list(prefix)) keys.push(key);
  return keys;
}

function clientOf(endpoint: string, maxAttempts = 3): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    maxAttempts,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}
