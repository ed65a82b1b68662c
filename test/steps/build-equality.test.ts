import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import type { QueryResult } from '../../pipelines/warehouse/warehouse.ts';
import { deliveries, shopDefinitions } from '../fixtures/shop-world.ts';
import { type Delivery, StagedLake } from '../fixtures/staged-lake.ts';

const definitions = shopDefinitions();
const catalog = { datasets: [...definitions.datasets.values()], models: [...definitions.models.values()] };
const marts = catalog.models.filter((model) => model.layer === 'marts').map((model) => model.model);
const isLong = process.env['TIDEMARK_LONG'] === '1';

/** A lake of its own with the steps that fill and build it. */
function openLake(folder: string) {
  const lake = createFolderLake(folder);
  const builder = createDuckDbWarehouse(lake, { threads: 1 });
  const staged = new StagedLake(lake, definitions.datasets);
  const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
  const tools = { lake, builder, definitions, settings, now: () => new Date('2024-07-02T00:00:00Z') };
  return {
    deliver: (delivery: Delivery) => staged.deliver(delivery),
    build: (full: boolean) => buildModels(tools, { full }),
    async read(): Promise<Record<string, QueryResult['rows']>> {
      const { release } = await currentRelease(lake);
      const session = await builder.openRelease(release!, catalog);
      const tables: Record<string, QueryResult['rows']> = {};
      for (const mart of marts) tables[mart] = (await session.query(`select * from ${mart} order by all`)).rows;
      await session.close();
      return tables;
    },
  };
}

async function buildsAlike(sequence: readonly Delivery[], order: readonly number[]): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'equality-'));
  try {
    const stepwise = openLake(join(root, 'stepwise'));
    for (const delivery of sequence) {
      await stepwise.deliver(delivery);
      await stepwise.build(false);
    }
    const atOnce = openLake(join(root, 'at-once'));
    const shuffled = sequence.map((delivery, n) => ({ delivery, rank: order[n] ?? 0 })).sort((a, b) => a.rank - b.rank);
    for (const { delivery } of shuffled) await atOnce.deliver(delivery);
    const full = await atOnce.build(true);

    expect(await stepwise.read()).toEqual(await atOnce.read());
    expect((await stepwise.build(false)).release).toBe(full.release);
  } finally {
    rmSync(root, { recursive: true });
  }
}

describe('a build by what receipts touch', () => {
  it('equals a full build cell by cell, whatever comes in whichever order', { timeout: 3_600_000 }, async () => {
    const sequences = fc.tuple(
      deliveries({ minLength: 2, maxLength: isLong ? 12 : 6 }),
      fc.array(fc.nat(99), { minLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(sequences, ([sequence, order]) => buildsAlike(sequence, order)),
      {
        numRuns: isLong ? 150 : 4,
        seed: isLong ? Number(process.env['TIDEMARK_SEED'] ?? 1) : 20_240_701,
        endOnFailure: !isLong,
      },
    );
  });
});
