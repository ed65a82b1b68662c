import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lake } from '../../pipelines/lake/lake.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined) => (body ? new TextDecoder().decode(body) : undefined);

/** One behaviour for every store: each adapter's test calls this with a way to make an empty lake. */
export function describeLake(name: string, newLake: () => Promise<{ lake: Lake; remove(): Promise<void> }>): void {
  describe(`${name} keeps the contract of a lake`, () => {
    let lake: Lake;
    let removeLake: () => Promise<void>;
    let outside: string;

    beforeEach(async () => {
      ({ lake, remove: removeLake } = await newLake());
      outside = mkdtempSync(join(tmpdir(), 'lake-contract-'));
    });
    afterEach(async () => {
      await removeLake();
      rmSync(outside, { recursive: true });
    });

    async function keys(prefix: string): Promise<string[]> {
      const found = [];
      for await (const object of lake.list(prefix)) found.push(object.key);
      return found;
    }

    it('reads back what was created, and nothing where there is nothing', async () => {
      expect(await lake.create('receipts/a/1.json', bytes('one'))).toBe('created');
      expect(text(await lake.read('receipts/a/1.json'))).toBe('one');
      expect(await lake.read('receipts/a/2.json')).toBeUndefined();
      expect(await lake.read('receipts/a')).toBeUndefined();
    });

    it('creates a key once and leaves the first bytes', async () => {
      await lake.create('k', bytes('first'));
      expect(await lake.create('k', bytes('second'))).toBe('exists');
      expect(text(await lake.read('k'))).toBe('first');
    });

    it('lets exactly one of many writers at once create a key', async () => {
      const writers = Array.from({ length: 20 }, (_, n) => lake.create('raced/key', bytes(`writer ${n}`)));
      const outcomes = await Promise.all(writers);
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(text(await lake.read('raced/key'))).toBe(`writer ${outcomes.indexOf('created')}`);
    });

    it('swaps only from the version that was read', async () => {
      expect(await lake.swap('p', bytes('a'), 'no such tag')).toBe('lost');
      expect(await lake.swap('p', bytes('a'), undefined)).toBe('swapped');
      expect(await lake.swap('p', bytes('b'), undefined)).toBe('lost');
      const first = await lake.readVersion('p');
      expect(text(first?.body)).toBe('a');
      expect(await lake.swap('p', bytes('b'), first?.tag)).toBe('swapped');
      expect(await lake.swap('p', bytes('c'), first?.tag)).toBe('lost');
      expect(text(await lake.read('p'))).toBe('b');
    });

    it('loses no increment of a counter that many writers swap', async () => {
      async function increment(): Promise<void> {
        for (;;) {
          const seen = await lake.readVersion('counter');
          const next = bytes(String(Number(text(seen?.body) ?? '0') + 1));
          if ((await lake.swap('counter', next, seen?.tag)) === 'swapped') return;
        }
      }
      await Promise.all(Array.from({ length: 12 }, increment));
      expect(text(await lake.read('counter'))).toBe('12');
    });

    it('takes a key that was swapped to the same bytes for a new version', async () => {
      await lake.swap('p', bytes('a'), undefined);
      const first = await lake.readVersion('p');
      await lake.swap('p', bytes('b'), first?.tag);
      await lake.swap('p', bytes('a'), (await lake.readVersion('p'))?.tag);
      expect(await lake.swap('p', bytes('c'), first?.tag)).toBe('lost');
    });

    it('keeps keys of any Unicode text', async () => {
      const odd = ['landing/天猫/订单 2024-06-18 (终版)+#1%.csv', 'landing/Ünïcode/😀.csv', 'landing/a\'b"c/&=?.csv'];
      for (const key of odd) await lake.create(key, bytes(key));
      for (const key of odd) expect(text(await lake.read(key))).toBe(key);
      expect((await keys('landing/')).toSorted()).toEqual(odd.toSorted());
    });

    it('refuses keys that leave the lake', async () => {
      for (const key of ['../x', 'a/../../x', '/x', 'a//b', '', 'a/.', '.versions/x']) {
        await expect(lake.create(key, bytes('x')), key).rejects.toThrow('not a key');
      }
    });

    it('lists a prefix in the order of the keys, with sizes', async () => {
      for (const key of ['m/b/2', 'm/b.x/1', 'm/b', 'm/a/1', 'n/1', 'm/ü', 'm/z'].filter((key) => key !== 'm/b')) {
        await lake.create(key, bytes('12345'));
      }
      expect(await keys('m/')).toEqual(['m/a/1', 'm/b.x/1', 'm/b/2', 'm/z', 'm/ü']);
      expect(await keys('m/b')).toEqual(['m/b.x/1', 'm/b/2']);
      expect(await keys('nothing/')).toEqual([]);
      for await (const object of lake.list('n/')) {
        expect(object.bytes).toBe(5);
        expect(object.modifiedAt).toBeInstanceOf(Date);
      }
    });

    it('moves a local file in, gives it back as a local file, and takes it twice', async () => {
      for (let time = 1; time <= 2; time++) {
        const local = join(outside, 'part.parquet');
        writeFileSync(local, 'rows');
        await lake.putFile('marts/m/2024-01/x/part-0.parquet', local);
      }
      const path = await lake.localPath('marts/m/2024-01/x/part-0.parquet');
      expect(await readFile(path, 'utf8')).toBe('rows');
      await expect(lake.localPath('marts/m/2024-02/x/part-0.parquet')).rejects.toThrow('missing');
    });

    it('copies an object to another key and leaves the first as it is', async () => {
      await lake.create('marts/_drafts/订单 +1/a', bytes('rows'));
      await lake.copy('marts/_drafts/订单 +1/a', 'marts/m/2024-01/x/part-0');
      expect(await readFile(await lake.localPath('marts/m/2024-01/x/part-0'), 'utf8')).toBe('rows');
      expect(text(await lake.read('marts/_drafts/订单 +1/a'))).toBe('rows');
      await expect(lake.copy('marts/_drafts/none', 'marts/m/y')).rejects.toThrow('missing');
    });

    it('moves files in from its scratch folders, which no listing shows', async () => {
      const [one, two] = [await lake.scratch(), await lake.scratch()];
      expect(one).not.toBe(two);
      writeFileSync(join(one, 'f'), 'rows');
      await lake.putFile('staged/f', join(one, 'f'));
      expect(await keys('')).toEqual(['staged/f']);
    });

    it('forgets what was overwritten or removed under a prefix, and nothing that is there', async () => {
      const local = join(outside, 'raw.csv');
      for (const content of ['first', 'second']) {
        writeFileSync(local, content);
        await lake.putFile('raw/a/1.csv', local);
      }
      await lake.create('raw/a/2.csv', bytes('gone'));
      await lake.swap('raw/b', bytes('swapped'), undefined);
      await lake.swap('raw/b', bytes('again'), (await lake.readVersion('raw/b'))?.tag);
      await lake.remove(['raw/a/2.csv']);
      await lake.forgetHistory('raw/');
      expect(await lake.forgetHistory('raw/')).toBe(0);
      expect(await keys('')).toEqual(['raw/a/1.csv', 'raw/b']);
      expect(text(await lake.read('raw/a/1.csv'))).toBe('second');
      expect(text(await lake.read('raw/b'))).toBe('again');
      expect(await lake.swap('raw/b', bytes('third'), (await lake.readVersion('raw/b'))?.tag)).toBe('swapped');
    });

    it('removes objects, and missing ones without a word', async () => {
      await lake.create('a/b/1', bytes('x'));
      await lake.create('a/c/1', bytes('x'));
      await lake.swap('a/p', bytes('x'), undefined);
      await lake.remove(['a/b/1', 'a/b/1', 'a/p', 'never/there']);
      expect(await keys('')).toEqual(['a/c/1']);
      expect(await lake.read('a/p')).toBeUndefined();
      expect(await lake.create('a/b/1', bytes('y'))).toBe('created');
    });
  });
}
