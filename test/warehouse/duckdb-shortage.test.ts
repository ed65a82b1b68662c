import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DuckDbEngine } from '../../pipelines/warehouse/duckdb-engine.ts';

const spill = mkdtempSync(join(tmpdir(), 'shortage-'));
afterAll(() => rmSync(spill, { recursive: true }));

/** About 100 MB of rows that cannot be made smaller. */
const large = 'create table large as select md5(i::varchar) as text from range(2500000) as numbers(i)';

async function make(spillFolder: string, setting?: string): Promise<unknown> {
  const engine = await DuckDbEngine.open({ memoryLimit: '40MB', threads: 1 }, spillFolder);
  try {
    if (setting !== undefined) await engine.run(setting);
    await engine.run(large);
    return await engine.rows('select count(*) as n from large');
  } finally {
    engine.close();
  }
}

it('puts on disk what outgrows its memory', async () => {
  expect(await make(spill)).toEqual([{ n: '2500000' }]);
});

it('says that memory is short, how much it held, and what to do', async () => {
  await expect(make('')).rejects.toMatchObject({
    message: expect.stringMatching(/^the memory that the engine may hold is too small for this step \(.* used\)$/),
    next: expect.stringContaining('TIDEMARK_MEMORY_LIMIT'),
  });
});

it('says that the disk is full where it cannot put it there', async () => {
  await expect(make(spill, `set max_temp_directory_size = '1MB'`)).rejects.toMatchObject({
    message: expect.stringMatching(/^the disk has no room for what is written or does not fit into memory/),
    next: expect.stringContaining('free space'),
  });
});
