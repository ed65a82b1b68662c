import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedReport } from '../../pipelines/report/report.ts';
import { createReportServer } from '../../pipelines/report/report-server.ts';

let folder: string;
let served: ServedReport;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-server-'));
  const siteFolder = join(folder, 'site');
  const dataFolder = join(folder, 'data');
  mkdirSync(join(siteFolder, 'data'), { recursive: true });
  mkdirSync(join(siteFolder, '_app/immutable'), { recursive: true });
  mkdirSync(join(dataFolder, 'marts/kpis'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'site-next.html'), 'secret');
  writeFileSync(join(siteFolder, 'index.html'), '<!doctype html>shell');
  writeFileSync(join(siteFolder, '_app/immutable/engine.wasm'), 'wasm '.repeat(100));
  writeFileSync(join(siteFolder, '_app/immutable/engine.wasm.br'), brotliCompressSync('wasm '.repeat(100)));
  writeFileSync(join(siteFolder, 'data/manifest.json'), '{"version":"none"}');
  writeFileSync(join(dataFolder, 'marts/kpis/abc.arrow'), 'arrow');
  served = await createReportServer().serve({ siteFolder, dataFolder, port: 0 });
});
afterAll(async () => {
  await served.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, init: RequestInit = {}) => fetch(new URL(path, served.address), init);

/** What `fetch` would tidy up on the way: the path as it stands, and any Host header. */
function getRaw(path: string, host = '127.0.0.1'): Promise<{ status: number; body: string }> {
  const { port } = new URL(served.address);
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the report server', () => {
  it('listens on loopback only', () => {
    expect(served.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it.each(['/', '/zh/', '/en/channels/shop%20one/', '/en/channels/%E5%A4%A9%E7%8C%AB/'])(
    'answers %s with the shell that finds the page by itself',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html;charset=utf-8');
      expect(await response.text()).toBe('<!doctype html>shell');
    },
  );

  it('gives files their types, compressed where the browser can, and for ever where the name is a hash', async () => {
    const engine = await get('/_app/immutable/engine.wasm', { headers: { 'accept-encoding': 'br' } });
    expect(engine.headers.get('content-type')).toBe('application/wasm');
    expect(engine.headers.get('content-encoding')).toBe('br');
    expect(engine.headers.get('cache-control')).toContain('immutable');
    expect(await engine.text()).toBe('wasm '.repeat(100));
    const plain = await get('/_app/immutable/engine.wasm', { headers: { 'accept-encoding': 'identity' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
    const table = await get('/data/marts/kpis/abc.arrow');
    expect(table.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream');
    expect(table.headers.get('cache-control')).toContain('immutable');
  });

  it('prefers published data to what the site was built with, and asks again for the manifest every time', async () => {
    expect(await (await get('/data/manifest.json')).text()).toBe('{"version":"none"}');
    writeFileSync(join(folder, 'data/manifest.json'), '{"version":"one"}');
    const first = await get('/data/manifest.json');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(await first.text()).toBe('{"version":"one"}');
  });

  it.each(['/data/marts/kpis/gone.arrow', '/nothing.js', '/favicon.ico'])('says 404 for %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/data/../../secret.txt',
    '/data/..%2f..%2fsecret.txt',
    '/data/%2e%2e/secret.txt',
    '/../site-next.html',
    '//secret.txt',
    '/data/..\\..\\secret.txt',
    '/%00',
    '/%',
    '/data/%',
  ])('lets nobody out of its folders by %s', async (path) => {
    expect((await getRaw(path)).body).not.toContain('secret');
  });

  it('takes no other method than GET and HEAD', async () => {
    expect((await get('/', { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await get('/', { method: 'HEAD' })).status).toBe(200);
  });

  it('answers only to its own names, so that no other site can read it through a browser', async () => {
    expect((await getRaw('/data/manifest.json', 'evil.example')).status).toBe(421);
    expect((await getRaw('/data/manifest.json', 'localhost:80')).status).toBe(200);
  });

  it('forbids pages to ask any other host', async () => {
    expect((await get('/')).headers.get('content-security-policy')).toMatch(/^default-src 'self'/);
  });

  it('goes on after a reader that hangs up in the middle', async () => {
    const { port } = new URL(served.address);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write('GET /_app/immutable/engine.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n');
        socket.destroy();
        resolve();
      });
    });
    expect((await get('/')).status).toBe(200);
  });

  it('says which port is taken and what to do', async () => {
    const port = Number(new URL(served.address).port);
    await expect(createReportServer().serve({ siteFolder: folder, dataFolder: folder, port })).rejects.toMatchObject({
      message: `port ${port} is taken`,
      next: expect.stringContaining('--port'),
    });
  });
});
