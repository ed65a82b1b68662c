import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { LakeError } from '../../pipelines/domain/errors.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { tillContract, tillHeader } from '../fixtures/till.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from '../ingest/paper-shop.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-many-'));
const catalog = paperShopCatalog(folder);
writeFileSync(join(catalog, 'contracts', 'till_lines.yaml'), tillContract);
const definitions = loadDefinitions([catalog]);
const exports = join(folder, 'exports');

/** Tickets of a till. */
function tickets(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, at) => `T${from + at},1,2026-03-02 09:00:00,1,10.00\n`);
  return tillHeader + lines.join('');
}

const damaged = paperRecords(60);
damaged[7]![3] = 'x';

/** In the order in which they are read: a long one that later and quicker ones repeat, the same bytes twice, what nobody knows. */
const files: Readonly<Record<string, string>> = {
  '01 till.csv': tickets(0, 20_000),
  '02 till again.csv': tickets(19_990, 20_020),
  '03 paper.csv': table([paperHeader, ...damaged]),
  '04 paper copy.csv': table([paperHeader, ...damaged]),
  '05 unknown.csv': 'a,b\n1,2\n',
  '06 unknown copy.csv': 'a,b\n1,2\n',
  '07 till once more.csv': tickets(20_010, 20_030),
  '08 empty.csv': '',
  '09 paper.csv': table([paperHeader, ...paperRecords(300)]),
  '10 till.csv': tickets(20_029, 20_031),
};
const paths = Object.keys(files).map((name) => join(exports, name));

const portsOf = (lake: Lake) => {
  let time = Date.parse('2026-03-04T00:00:00Z');
  return {
    lake,
    ingest: createIngest({
      catalog: definitions,
      pseudonymKey: () => ({ version: 1, secret: new Uint8Array(32).fill(7) }),
    }),
    now: () => new Date(time++),
    newAttempt: () => 'attempt',
  };
};

async function all(receipts: AsyncIterable<Receipt>): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for await (const receipt of receipts) found.push(receipt);
  return found;
}

/** What stands in a lake, by key; times of landing left out, as they tell how long the files before took. */
async function contentOf(lake: Lake): Promise<Map<string, unknown>> {
  const content = new Map<string, unknown>();
  for await (const { key } of lake.list('')) {
    const body = await readFile(await lake.localPath(key));
    content.set(key, key.endsWith('.json') ? timeless(JSON.parse(body.toString())) : digest(body));
  }
  return content;
}

function timeless({ landed_at, exported_at, ...receipt }: Receipt): unknown {
  return { ...receipt, isDatedByLanding: exported_at === landed_at };
}

function digest(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

beforeAll(() => {
  mkdirSync(exports);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(exports, name), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('many files in one ingest', () => {
  // A lake of rows that state when they landed cannot be compared byte for byte: these do not.
  const still = (lake: Lake) => ({ ...portsOf(lake), now: () => new Date('2026-03-04T00:00:00Z') });

  it('leave in the lake and answer what they do one by one', async () => {
    const [one, many] = [createFolderLake(join(folder, 'one')), createFolderLake(join(folder, 'many'))];
    const ports = still(one);
    const single: Receipt[] = [];
    for (const path of paths) single.push(...(await all(ingestExports([path], {}, ports))));
    expect(single.map(({ repeated, status }) => [status, repeated])).toEqual([
      ['accepted', 0],
      ['accepted', 10],
      ['partial', 0],
      ['duplicate', 60],
      ['refused', 0],
      ['refused', 0],
      ['accepted', 10],
      ['refused', 0],
      ['accepted', 0],
      ['accepted', 1],
    ]);
    expect(await all(ingestExports([exports], {}, still(many)))).toEqual(single);
    expect(await contentOf(many)).toEqual(await contentOf(one));
    expect(await all(ingestExports([exports], {}, still(many)))).toEqual(
      await all(ingestExports([exports], {}, still(one))),
    );
    expect(readdirSync(join(folder, 'many', '.scratch')).filter((name) => name.startsWith('ingest-'))).toEqual([]);
  });

  it('land in their order: of exports without a time of their own, the later one holds', async () => {
    const receipts = await all(ingestExports([exports], {}, portsOf(createFolderLake(join(folder, 'ticking')))));
    const read = new Map(receipts.map((receipt) => [receipt.export, receipt]));
    const times = [...read.values()].map(({ landed_at }) => landed_at);
    expect(times).toHaveLength(8);
    expect(times).toEqual([...new Set(times)].sort());
    expect([...read.values()].map(({ exported_at }) => exported_at)).toEqual(times);
  });

  it('end with the file at which the lake failed, and soon after nobody waits for more', async () => {
    const lake = createFolderLake(join(folder, 'failing'));
    const failing = new Proxy(lake, {
      get(target, name: keyof Lake) {
        const member = (target[name] as (...given: unknown[]) => unknown).bind?.(target) ?? target[name];
        if (name !== 'create') return member;
        return async (key: string, body: Uint8Array) => {
          if (key.startsWith('receipts/paper_shop/')) throw new LakeError('the disk is full', { where: key, next: '' });
          return await target.create(key, body);
        };
      },
    });
    await expect(all(ingestExports([exports], {}, portsOf(failing)))).rejects.toThrow('the disk is full');
    expect(await names(lake)).toEqual(Object.keys(files).slice(0, 2));

    const left = createFolderLake(join(folder, 'left'));
    for await (const { file } of ingestExports([exports], {}, portsOf(left))) if (file.startsWith('01')) break;
    const begun = await names(left);
    expect(begun).toEqual(Object.keys(files).slice(0, begun.length));
    expect(begun.length).toBeLessThan(5);
    expect(readdirSync(join(folder, 'left', '.scratch')).filter((name) => name.startsWith('ingest-'))).toEqual([]);
  });
});

/** Delivered names that receipts of a lake tell. */
async function names(lake: Lake): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of lake.list('receipts/')) {
    if (!/\/(?:\d+|duplicate-[^/]+)\.json$/.test(key)) continue;
    found.push((JSON.parse(new TextDecoder().decode(await lake.read(key))) as Receipt).file);
  }
  return found.sort();
}

describe('an ingest of many files that is killed and started again', () => {
  const run = async (lake: string, at: number): Promise<NodeJS.Signals | null> => {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, 'ingest-child.ts'),
      ...[lake, catalog, exports, String(at)],
    ]);
    child.stdout.resume();
    return await new Promise((done) => child.on('close', (_, signal) => done(signal)));
  };
  /** Attempts are named after processes. */
  const comparable = async (lake: string): Promise<unknown> =>
    JSON.parse(
      JSON.stringify([...(await contentOf(createFolderLake(lake)))].filter(([key]) => key.startsWith('receipts/'))),
      (_, value) => (typeof value === 'string' ? value.replace(/pid\d+/, 'pid') : value),
    );

  it('has committed the first ones and ends as if nothing had happened', async () => {
    const undisturbed = join(folder, 'undisturbed');
    expect(await run(undisturbed, 0)).toBeNull();
    for (const at of [9, 22]) {
      const lake = join(folder, `killed${at}`);
      expect(await run(lake, at)).toBe('SIGKILL');
      const committed = await names(createFolderLake(lake));
      const first = Object.keys(files).slice(0, committed.length + 1);
      // Of two refused files with the same bytes, only the first has a receipt.
      expect(first.filter((name) => !committed.includes(name)).length).toBeLessThanOrEqual(2);
      expect(await run(lake, 0)).toBeNull();
      expect(await comparable(lake)).toEqual(await comparable(undisturbed));
    }
  });
});
