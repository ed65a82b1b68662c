import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { commitRun } from '../../pipelines/steps/alert-store.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { collectGarbage } from '../../pipelines/steps/collect-garbage.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { listReleases, rollBackRelease } from '../../pipelines/steps/roll-back-release.ts';
import { writeStates } from '../../pipelines/steps/state-shards.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';
import { StagedLake } from '../fixtures/staged-lake.ts';

const definitions = orderDefinitions();
const catalog = { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };
const hour = 3_600_000;

describe('garbage', () => {
  let folder: string;
  let lake: Lake;
  let clock: number;
  const now = () => new Date(clock);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'garbage-'));
    lake = createFolderLake(folder);
    clock = Date.now();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function deliverAndBuild(amount: string): Promise<string> {
    await new StagedLake(lake, definitions.datasets).deliver({
      ...{ source: 'shop', exportedAt: `2024-02-0${1 + (Number(amount) % 9)}T00:00:00Z`, write: 'replace_scope' },
      rows: {
        orders: [
          { channel_id: 'shop', order_id: '1', ordered_date: '2024-01-31', currency: 'CNY', items_amount: amount },
        ],
      },
    });
    const builder = createDuckDbWarehouse(lake);
    const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
    return (await buildModels({ lake, builder, definitions, settings, now })).release;
  }

  async function grossSales(): Promise<unknown> {
    const { release } = await currentRelease(lake);
    const session = await createDuckDbWarehouse(lake).openRelease(release!, catalog);
    const { rows } = await session.query('select gross_sales from order_facts');
    await session.close();
    return rows[0]?.['gross_sales'];
  }

  async function keys(prefix: string): Promise<string[]> {
    const found = [];
    for await (const { key } of lake.list(prefix)) found.push(key);
    return found;
  }

  it('keeps a release for a day after it was replaced, then removes it with the parts that it alone has', async () => {
    const first = await deliverAndBuild('1');
    const second = await deliverAndBuild('2');
    clock += 23 * hour;
    expect(await collectGarbage({ lake, now })).toMatchObject({ removed: 0, releases_removed: [] });

    clock += 2 * hour;
    const before = await keys('marts/order_facts/');
    expect(await collectGarbage({ lake, now }, { dryRun: true })).toMatchObject({ releases_removed: [first] });
    expect(await keys('marts/order_facts/')).toEqual(before);
    const report = await collectGarbage({ lake, now });
    expect(report).toMatchObject({ releases_kept: 1, releases_removed: [first] });
    expect(report.bytes).toBeGreaterThan(0);
    expect(await keys('marts/order_facts/')).toHaveLength(1);
    expect(await keys('releases/ledgers/')).toHaveLength(1);
    expect(await keys('staged/')).toHaveLength(2);
    expect(await grossSales()).toBe('2.0000');
    expect((await listReleases(lake)).map(({ release, is_readable }) => [release, is_readable])).toEqual([
      [second, true],
      [first, false],
    ]);
    expect(await deliverAndBuild('3')).not.toBe(second);
    expect(await grossSales()).toBe('3.0000');
  });

  it('removes what killed runs left, once they cannot be running any more', async () => {
    await deliverAndBuild('1');
    const orphans = ['marts/order_facts/2024-01/0/part-0.parquet', 'staged/orders/shop/0/1-x/part-0.parquet'];
    for (const key of orphans) await lake.create(key, Buffer.from('orphan'));
    clock += 23 * hour;
    expect((await collectGarbage({ lake, now })).removed).toBe(0);
    clock += 2 * hour;
    expect(await collectGarbage({ lake, now })).toMatchObject({ removed: 2, bytes: 12, releases_kept: 1 });
    for (const key of orphans) expect(await lake.read(key)).toBeUndefined();
    expect(await grossSales()).toBe('1.0000');
  });

  it('keeps the states of the newest evaluation, and what every evaluation told', async () => {
    for (const sequence of [1, 2, 3]) {
      const evaluated = { release: 'r', through: '2026-03-01', evaluated_at: now().toISOString(), parts: {} };
      // Of the second shard nothing has changed since the first evaluation.
      const states = await writeStates(lake, sequence, new Map([[`rule_${sequence}`, new Map()]]));
      const kept = await writeStates(lake, 1, new Map([['rule_kept', new Map()]]));
      const upkeep = await writeStates(lake, sequence, new Map([['overdue_review', new Map()]]));
      const shards = [
        { from: '', states, count: 1 },
        { from: 'm', states: kept, count: 1 },
      ];
      await commitRun(lake, { ...evaluated, sequence, warnings: [], shards, upkeep, evaluations: [] });
    }
    const runs = await keys('alerts/runs/');
    const [first, second, third] = [1, 2, 3].map((sequence) => `alerts/states/0000000${sequence}-`);
    const named = async () => (await keys('alerts/states/')).map((key) => key.slice(0, first?.length));
    expect(await named()).toEqual([first, first, first, second, second, third, third]);
    clock += 25 * hour;
    expect((await collectGarbage({ lake, now })).removed).toBe(4);
    expect(await keys('alerts/runs/')).toEqual(runs);
    expect(await named()).toEqual([first, third, third]);
  });

  it('leaves raw and landed files alone, however old', async () => {
    for (const key of ['raw/shop/2024/01/x.csv', 'landing/shop/x.csv']) {
      await lake.create(key, Buffer.from('raw'));
      utimesSync(join(folder, key), 0, 0);
    }
    expect((await collectGarbage({ lake, now })).removed).toBe(0);
  });

  it('rolls back to the release before, and to a named one', async () => {
    const first = await deliverAndBuild('1');
    const second = await deliverAndBuild('2');
    await rollBackRelease({ lake, now });
    expect(await grossSales()).toBe('1.0000');
    await rollBackRelease({ lake, now }, second.slice(0, 8));
    expect(await grossSales()).toBe('2.0000');
    expect((await listReleases(lake)).map(({ release }) => release)).toEqual([second, first, second, first]);
    await expect(rollBackRelease({ lake, now }, 'none')).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('builds up to the receipts again after a rollback', async () => {
    await deliverAndBuild('1');
    const second = await deliverAndBuild('2');
    await rollBackRelease({ lake, now });
    const settings = { reportingCurrency: 'CNY' };
    const report = await buildModels({ lake, builder: createDuckDbWarehouse(lake), definitions, settings, now });
    expect(report).toMatchObject({ release: second, is_new: true });
  });
});
