import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Compaction, compactionsKey } from '../../pipelines/domain/compaction.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { dropCompactions, readCompactions } from '../../pipelines/steps/compact-staged.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-compactions-'));
afterAll(() => rmSync(folder, { recursive: true }));

function compaction(key: string, replaces: readonly string[]): Compaction {
  const part = { key, rows: 1, dataset: 'orders', min_date: null, max_date: null, undated: 0 };
  return { source: 'shop', part, exports: ['a'], replaces } as unknown as Compaction;
}

async function write(lake: Lake, compactions: readonly Compaction[]): Promise<void> {
  const found = await lake.readVersion(compactionsKey);
  await lake.swap(compactionsKey, Buffer.from(JSON.stringify({ version: 1, compactions })), found?.tag);
}

it('takes compactions of gone files out of use although another process writes the list in between', async () => {
  const lake = createFolderLake(folder);
  const [stays, goes, late] = [compaction('1', ['a']), compaction('2', ['a', 'gone']), compaction('3', ['b', 'gone'])];
  await write(lake, [stays, goes]);
  let isFirst = true;
  const contended = new Proxy(lake, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (name === 'swap' && isFirst) {
          isFirst = false;
          await write(target, [stays, goes, late]);
        }
        return (member as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  await dropCompactions(contended, new Set(['a', 'b']));
  expect(await readCompactions(lake)).toEqual([stays]);
});
