import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { describeLake } from './lake.contract.ts';

const racer = fileURLToPath(new URL('folder-lake-racer.ts', import.meta.url));
const run = promisify(execFile);

describeLake('a folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lake-'));
  return { lake: createFolderLake(join(folder, 'not yet there')), remove: () => rm(folder, { recursive: true }) };
});

describe('a folder lake between processes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lake-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('loses no swap and creates no key twice when four processes race', async () => {
    const rounds = 40;
    const racers = ['a', 'b', 'c', 'd'];
    const outputs = await Promise.all(racers.map((name) => run(process.execPath, [racer, folder, name, `${rounds}`])));
    const created = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    expect(created.toSorted((a, b) => a - b)).toEqual(Array.from({ length: rounds }, (_, n) => n));

    const trail = Buffer.from((await createFolderLake(folder).read('counter')) ?? []).toString();
    for (const name of racers) expect(trail.split(name)).toHaveLength(rounds + 1);
    expect(trail).toHaveLength(rounds * racers.length);
    expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe(trail);
    expect(await readdir(join(folder, '.scratch'))).toEqual([]);
  });

  it('keeps old versions few', async () => {
    const lake = createFolderLake(folder);
    for (let n = 0; n < 80; n++) await lake.swap('p', Buffer.from(`${n}`), (await lake.readVersion('p'))?.tag);
    expect((await readdir(join(folder, '.versions', 'p'))).length).toBeLessThan(70);
    expect(Buffer.from((await lake.read('p')) ?? []).toString()).toBe('79');
  });

  it('removes scratch folders of killed runs after a day', async () => {
    const lake = createFolderLake(folder);
    const [abandoned, fresh] = [await lake.scratch(), await lake.scratch()];
    const dayAgo = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(abandoned, dayAgo, dayAgo);
    const newest = await lake.scratch();
    const left = await readdir(join(folder, '.scratch'));
    expect(left.map((name) => join(folder, '.scratch', name)).toSorted()).toEqual([fresh, newest].toSorted());
  });

  it('names the folder when it cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), '');
    const lake = createFolderLake(join(folder, 'file'));
    await expect(lake.create('k', Buffer.from('x'))).rejects.toThrow('the lake refuses a write');
  });
});
