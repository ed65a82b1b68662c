import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uploadPages } from '../../pipelines/report/upload-pages.ts';
import { type EmulatedBucket, emulatedBucket, startBucket } from './emulated-bucket.ts';

describe('pages of the report in a bucket', () => {
  let store: EmulatedBucket;
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));

  beforeAll(async () => {
    store = await startBucket();
    for (const [name, content] of [
      ['index.html', '<!doctype html>'],
      ['index.html.br', brotliCompressSync('<!doctype html>')],
      ['_app/immutable/chunks/engine.AbC1.wasm', 'wasm'],
      ['_app/immutable/chunks/engine.AbC1.wasm.br', brotliCompressSync('wasm')],
      ['图标/favicon.ico', 'icon'],
    ] as const) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  });
  afterAll(async () => {
    await store.remove();
    rmSync(folder, { recursive: true });
  });

  it('lie under their paths, compressed where a compressed copy is there, with what browsers and caches need', async () => {
    expect(await uploadPages(folder, emulatedBucket, store.client)).toBe(3);
    const { Contents = [] } = await store.client.send(new ListObjectsV2Command({ Bucket: emulatedBucket }));
    const engine = '_app/immutable/chunks/engine.AbC1.wasm';
    expect(Contents.map(({ Key }) => Key)).toEqual([engine, 'index.html', '图标/favicon.ico']);
    const head = (Key: string) => store.client.send(new HeadObjectCommand({ Bucket: emulatedBucket, Key }));
    expect(await head('index.html')).toMatchObject({
      ContentType: 'text/html; charset=utf-8',
      ContentEncoding: 'br',
      CacheControl: 'no-cache',
    });
    const page = await store.client.send(new GetObjectCommand({ Bucket: emulatedBucket, Key: 'index.html' }));
    const body = (await page.Body?.transformToByteArray()) ?? new Uint8Array();
    expect(brotliDecompressSync(body).toString()).toBe('<!doctype html>');
    expect(await head(engine)).toMatchObject({
      ContentType: 'application/wasm',
      ContentEncoding: 'br',
      CacheControl: 'private, max-age=31536000, immutable',
    });
    const icon = await head('图标/favicon.ico');
    expect([icon.ContentType, icon.ContentEncoding]).toEqual(['image/x-icon', undefined]);
  });
});
