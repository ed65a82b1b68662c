import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Gb18030Text } from '../../pipelines/ingest/read/gb18030-text.ts';
import { openText } from '../../pipelines/ingest/read/text-source.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-gb18030-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the platform reads; undefined where it refuses the bytes. */
function platform(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is read in small buffers; undefined where the bytes are refused. */
async function ours(bytes: Uint8Array, bufferBytes: number): Promise<string | undefined> {
  const path = join(folder, 'text');
  writeFileSync(path, bytes);
  const file = { name: 'text', sha: '', bytes: bytes.length, path, isGzip: false };
  const dialect = {
    encoding: 'gb18030',
    bom: false,
    delimiter: ',',
    quote: '"',
    escape: 'double',
    newline: '\n',
  } as const;
  const source = await openText(file, { dialect });
  const read: Buffer[] = [];
  try {
    for (let isEnd = false; !isEnd; ) {
      const buffer = Buffer.alloc(bufferBytes);
      const filled = await source.fill(buffer, 0);
      read.push(buffer.subarray(0, filled.end));
      isEnd = filled.isEnd;
    }
    return Buffer.concat(read).toString('utf8');
  } catch {
    return undefined;
  } finally {
    await source.close();
  }
}

it('reads every code of two bytes as the platform does, and refuses what it refuses', () => {
  const target = Buffer.alloc(16);
  for (let code = 0x8000; code < 0xff00; code += 1) {
    const bytes = Buffer.from([code >> 8, code & 0xff]);
    let text: string | undefined;
    try {
      const { read, written } = new Gb18030Text().write(bytes, target);
      text = read === 2 ? target.toString('utf8', 0, written) : undefined;
    } catch {
      text = undefined;
    }
    expect([code, text]).toEqual([code, platform(bytes)]);
  }
});

it('reads any bytes as the platform does, whatever pieces they come in', async () => {
  // 世 and 界, € by its code of two bytes, 😀 and Ā by theirs of four.
  const known = [[0xca, 0xc0], [0xbd, 0xe7], [0xa2, 0xe3], [0x94, 0x39, 0xfc, 0x36], [0x81, 0x30, 0x81, 0x30]]; // biome-ignore format: a list
  const character = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom([0x61], [0x2c], [0x0a], ...known) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => [...bytes]) },
  );
  const clean = fc.array(fc.constantFrom([0x61], [0x0a], ...known), { maxLength: 60 });
  const texts = fc.oneof(clean, fc.array(character, { maxLength: 30 }));
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 8, max: 40 }), async (characters, bufferBytes) => {
      const bytes = Uint8Array.from(characters.flat());
      expect(await ours(bytes, bufferBytes)).toBe(platform(bytes));
    }),
    { numRuns: 2000, examples: [[[...known, [0x61]], 9]] },
  );
});

it('goes on within a character where a file is read in pieces', async () => {
  const bytes = Buffer.concat([Buffer.from('a'), Buffer.alloc(3 << 20, Buffer.from([0xca, 0xc0]))]);
  expect(await ours(bytes, 1 << 20)).toBe(`a${'世'.repeat((3 << 20) / 2)}`);
});
