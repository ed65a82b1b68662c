import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bytes, clientOf, type EmulatedBucket, keysOf, startBucket, text } from './emulated-bucket.ts';
import { type StoreProxy, startProxy } from './store-proxy.ts';

describe('the S3 lake, when the network or the store fails', () => {
  let store: EmulatedBucket;
  let proxy: StoreProxy;

  beforeAll(async () => {
    store = await startBucket();
  });
  afterAll(() => store.remove());
  beforeEach(async () => {
    proxy = await startProxy(store.url);
  });
  afterEach(() => proxy.close());

  const newLake: EmulatedBucket['newLake'] = (...given) => store.newLake(...given);

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

  it('slows down where S3 asks for it, whatever it was about to do', async () => {
    const lake = newLake({}, clientOf(proxy.url));
    const patiently = async <T>(call: () => Promise<T>): Promise<T> => {
      proxy.slowDown(2);
      return await call();
    };
    expect(await patiently(() => lake.create('a/1', bytes('one')))).toBe('created');
    expect(await patiently(() => lake.create('a/1', bytes('two')))).toBe('exists');
    expect(await patiently(() => lake.swap('a/p', bytes('a'), undefined))).toBe('swapped');
    expect(text(await patiently(() => lake.read('a/1')))).toBe('one');
    expect(await patiently(() => keysOf(lake, 'a/'))).toEqual(['a/1', 'a/p']);
    expect(await readFile(await patiently(() => lake.localPath('a/1')), 'utf8')).toBe('one');
    await patiently(() => lake.remove(['a/1', 'a/p']));
    expect(await keysOf(lake, '')).toEqual([]);
  });

  it('sends the parts of a large file again that S3 was too busy for', async () => {
    const lake = newLake({}, clientOf(proxy.url));
    const content = Buffer.alloc(18 * 1024 * 1024, 'tide');
    const file = join(await lake.scratch(), 'large');
    writeFileSync(file, content);
    proxy.slowDown(2);
    await lake.putFile('marts/large', file);
    // The start of the upload, two parts, its end; and two of those once more.
    expect(proxy.count('POST') + proxy.count('PUT')).toBe(6);
    expect(Buffer.from((await lake.read('marts/large')) ?? []).equals(content)).toBe(true);
  });

  it('gives up at last, and says that it was the store', async () => {
    const lake = newLake({}, clientOf(proxy.url));
    proxy.slowDown(100);
    await expect(lake.read('receipts/1')).rejects.toMatchObject({
      message: expect.stringContaining('SlowDown'),
      retryable: true,
    });
    proxy.slowDown(0);
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

  it('refuses a store that does not keep conditional writes, before it writes anything', async () => {
    const careless = await startProxy(store.url, { dropConditions: true });
    const prefix = `${randomUUID()}/`;
    const lake = newLake({ prefix }, clientOf(careless.url));
    await expect(lake.create('receipts/1', bytes('x'))).rejects.toThrow('does not keep conditional writes');
    expect(await keysOf(newLake({ prefix }), '')).toEqual([]);
    await careless.close();
  });
});
