import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { laptopPseudonymKey, parsePseudonymKey, rotateLaptopKey } from '../../pipelines/ingest/pseudonym-key.ts';

const one = 'a1'.repeat(32);
const two = 'b2'.repeat(32);
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

describe('pseudonym keys in a text', () => {
  it('are read newest first, with commas or line ends between them', () => {
    for (const text of [`v2:${two},v1:${one}`, `v2:${two}\nv1:${one}\n`, ` v2:${two} , v1:${one}`]) {
      const { version, secret, older } = parsePseudonymKey(text, 'here');
      expect([version, hex(secret)]).toEqual([2, two]);
      expect(older?.map((key) => [key.version, hex(key.secret)])).toEqual([[1, one]]);
    }
    expect(parsePseudonymKey(`v1:${one}`, 'here').older).toBeUndefined();
  });

  it.each([
    ['', 'not of the form'],
    [one, 'not of the form'],
    [`v0:${one}`, 'not of the form'],
    [`v1:${one.slice(1)}`, 'not of the form'],
    [`v1:${one},v2:${two}`, 'do not descend'],
    [`v2:${two},v2:${one}`, 'do not descend'],
  ])('are refused without being repeated: %#', (text, message) => {
    expect(() => parsePseudonymKey(text, 'here')).toThrow(message);
    expect(() => parsePseudonymKey(text, 'here')).not.toThrow(/[0-9a-f]{16}/);
  });
});

describe('the key file of a laptop', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-key-'));
    file = join(folder, 'own', 'pseudonym.key');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps the old keys behind a new one, and its mode', () => {
    const first = laptopPseudonymKey(file);
    expect(first).toMatchObject({ created: true, key: { version: 1 } });
    expect(rotateLaptopKey(file)).toBe(2);
    expect(rotateLaptopKey(file)).toBe(3);
    const { key, created } = laptopPseudonymKey(file);
    expect(created).toBe(false);
    expect([key.version, ...(key.older ?? []).map(({ version }) => version)]).toEqual([3, 2, 1]);
    expect(hex(key.older?.at(-1)?.secret)).toBe(hex(first.key.secret));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'own'))).toEqual(['pseudonym.key']);
  });

  it('is made by an ingest, not by a rotation', () => {
    expect(() => rotateLaptopKey(file)).toThrow('no key to rotate');
  });

  it('goes on from a rotation that was killed behind its claim', () => {
    laptopPseudonymKey(file);
    writeFileSync(`${file}.v2`, `v2:${two}\n${readFileSync(file, 'utf8')}`, { mode: 0o600 });
    expect(rotateLaptopKey(file)).toBe(2);
    expect(hex(laptopPseudonymKey(file).key.secret)).toBe(two);
  });

  it('loses no key when several processes rotate at once', async () => {
    laptopPseudonymKey(file);
    const module = join(import.meta.dirname, '../../pipelines/ingest/pseudonym-key.ts');
    const code = `import { rotateLaptopKey } from ${JSON.stringify(module)};
      for (let i = 0; i < 20; i++) rotateLaptopKey(${JSON.stringify(file)});`;
    const run = () =>
      new Promise<number | null>((done) => {
        spawn(process.execPath, ['--input-type=module-typescript', '-e', code]).on('close', done);
      });
    expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
    const versions = [...readFileSync(file, 'utf8').matchAll(/^v(\d+):/gm)].map(([, version]) => Number(version));
    // Rotations that met count once; none has dropped a key.
    expect(versions).toEqual(Array.from({ length: versions.length }, (_, at) => versions.length - at));
    expect(versions.length).toBeGreaterThanOrEqual(21);
  });
});
