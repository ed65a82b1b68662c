import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { type BuildReport, buildModels } from '../../pipelines/steps/build-models.ts';
import { collectGarbage } from '../../pipelines/steps/collect-garbage.ts';
import { compactStaged, readCompactions } from '../../pipelines/steps/compact-staged.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';
import { type Delivery, StagedLake } from '../fixtures/staged-lake.ts';

const definitions = orderDefinitions();

/** One order a day, exported at its end. Day 40 (in February) comes to correct the order of day 3. */
function day(n: number, order: number, amount: string): Delivery {
  const date = new Date(Date.UTC(2024, 0, n)).toISOString().slice(0, 10);
  const ordered = new Date(Date.UTC(2024, 0, order)).toISOString().slice(0, 10);
  return {
    ...{ source: 'shop', exportedAt: `${date}T20:00:00Z`, write: 'replace_scope' },
    rows: {
      orders: [
        { channel_id: 'shop', order_id: `${order}`, ordered_date: ordered, currency: 'CNY', items_amount: amount },
      ],
    },
  };
}

describe('compaction', () => {
  let folder: string;
  let lake: Lake;
  let staged: StagedLake;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'compaction-'));
    lake = createFolderLake(folder);
    staged = new StagedLake(lake, definitions.datasets);
    for (let n = 1; n <= 12; n++) await staged.deliver(day(n, n, `${n}.00`));
    await staged.deliver(day(33, 33, '33.00'));
    await build();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function build(full = false): Promise<BuildReport> {
    const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
    const builder = createDuckDbWarehouse(lake);
    return buildModels({ lake, builder, definitions, settings, now: () => new Date(0) }, { full });
  }

  const compact = () => compactStaged({ lake, builder: createDuckDbWarehouse(lake), definitions });

  it('puts the files of a past month together and changes no release', async () => {
    const before = await build(true);
    expect(await compact()).toEqual({ files_before: 13, files_after: 2 });
    expect(await build(true)).toMatchObject({ release: before.release, is_new: false });
    const [compaction] = await readCompactions(lake);
    expect(compaction?.part).toMatchObject({ rows: 12, min_date: '2024-01-01', max_date: '2024-01-12' });
    expect(compaction?.exports).toHaveLength(12);
  });

  it('is really read', async () => {
    await compact();
    const [compaction] = await readCompactions(lake);
    await lake.remove([compaction!.part.key]);
    await expect(build(true)).rejects.toThrow('missing');
  });

  it('does nothing again', async () => {
    await compact();
    const first = await lake.readVersion('compactions/current.json');
    expect(await compact()).toEqual({ files_before: 13, files_after: 2 });
    expect(await lake.readVersion('compactions/current.json')).toEqual(first);
  });

  it('holds for corrections and steps back for files that are read again', async () => {
    await compact();
    await staged.deliver(day(40, 3, '3.33'));
    const corrected = await build();
    expect(corrected.models.find(({ model }) => model === 'order_facts')?.built).toBe('scopes');
    await staged.deliver({ ...day(5, 5, '5.55'), attempt: 2, replayOf: day(5, 5, '5.00') });
    const replayed = await build();
    expect(replayed.release).not.toBe(corrected.release);

    // The same deliveries in a lake that never compacts.
    const plain = mkdtempSync(join(tmpdir(), 'compaction-'));
    const other = createFolderLake(plain);
    const fresh = new StagedLake(other, definitions.datasets);
    for (let n = 1; n <= 12; n++) await fresh.deliver(day(n, n, `${n}.00`));
    for (const delivery of [day(33, 33, '33.00'), day(40, 3, '3.33')]) await fresh.deliver(delivery);
    await fresh.deliver({ ...day(5, 5, '5.55'), attempt: 2, replayOf: day(5, 5, '5.00') });
    const settings = { reportingCurrency: 'CNY' };
    const tools = { lake: other, builder: createDuckDbWarehouse(other), definitions, settings, now: () => new Date(0) };
    expect((await buildModels(tools)).release).toBe(replayed.release);
    rmSync(plain, { recursive: true });
  });

  it('keeps what it wrote and what it put together out of the garbage', async () => {
    await compact();
    const later = { lake, now: () => new Date(Date.now() + 100 * 3_600_000) };
    await collectGarbage(later);
    expect((await build(true)).is_new).toBe(false);
    for (const key of (await readCompactions(lake))[0]?.replaces ?? []) expect(await lake.read(key)).toBeDefined();
  });
});
