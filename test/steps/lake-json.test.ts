import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compactionsKey } from '../../pipelines/domain/compaction.ts';
import { suppressionsKey } from '../../pipelines/domain/erasure.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { dropCompactions, readCompactions } from '../../pipelines/steps/compact-staged.ts';
import { readJson } from '../../pipelines/steps/lake-json.ts';
import { readSuppressions, suppress } from '../../pipelines/steps/suppressions.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-json-'));
const lake = createFolderLake(folder);
afterAll(() => rmSync(folder, { recursive: true }));

it('says which object of the lake is damaged and how to mend it', async () => {
  await lake.swap(compactionsKey, Buffer.from('{"version":1,'), undefined);
  await lake.swap(suppressionsKey, Buffer.from('{"version":1,'), undefined);
  const compactions = {
    where: `compactions/current.json in ${folder}`,
    next: expect.stringMatching(/^remove the object/),
  };
  await expect(readCompactions(lake)).rejects.toMatchObject(compactions);
  await expect(dropCompactions(lake, new Set())).rejects.toMatchObject(compactions);
  const erased = {
    where: `erasures/suppressed.json in ${folder}`,
    next: expect.stringMatching(/^restore it from a copy/),
  };
  await expect(readSuppressions(lake)).rejects.toMatchObject(erased);
  await expect(suppress(lake, ['a'])).rejects.toMatchObject(erased);
  await expect(readJson(lake, 'releases/x.json')).rejects.toMatchObject({
    message: 'an object that the lake refers to is missing',
    next: 'tidemark build --full',
  });
});
