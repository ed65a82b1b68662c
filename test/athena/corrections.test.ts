import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Release } from '../../pipelines/domain/release.ts';
import { type BuildReport, buildModels } from '../../pipelines/steps/build-models.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { deliveries, orderDefinitions } from '../fixtures/shop-world.ts';
import { StagedLake } from '../fixtures/staged-lake.ts';
import { differingRows, type EngineWorld, makeWorld } from './engine-world.ts';

const patience = 900_000;
/** Deliveries before each build: corrections that drop lines, upserts of some columns, repeats, replays, late refunds. */
const steps = [12, 4, 4];
const seed = Number(process.env['TIDEMARK_SEED'] ?? 366);

describe(`corrections that Athena’s engine settles step by step, seed ${seed}`, () => {
  let world: EngineWorld;
  const reports: BuildReport[] = [];
  let stepwise: Release;
  let full: Release;

  beforeAll(async () => {
    world = await makeWorld(inject('athenaStand'), 'corrections');
    const { lake } = world.on('duckdb');
    const definitions = orderDefinitions();
    const staged = new StagedLake(lake, definitions.datasets);
    const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
    const tools = { lake, definitions, settings, now: () => new Date('2024-07-02T00:00:00Z') };
    const length = steps.reduce((sum, count) => sum + count, 0);
    const [sequence = []] = fc.sample(deliveries({ minLength: length, maxLength: length }), { numRuns: 1, seed });
    for (const count of steps) {
      for (const delivery of sequence.splice(0, count)) await staged.deliver(delivery);
      reports.push(await buildModels({ ...tools, builder: await world.athenaWarehouse() }));
    }
    stepwise = (await currentRelease(lake)).release!;
    await buildModels({ ...tools, builder: createDuckDbWarehouse(lake) }, { full: true });
    full = (await currentRelease(lake)).release!;
  }, patience);
  afterAll(() => world?.remove());

  it('come out as a full build on DuckDB has them, cell by cell', async () => {
    const { lake } = world.on('duckdb');
    for (const model of ['order_facts', 'order_refunds']) {
      expect([model, await differingRows(lake, model, [stepwise, full])]).toEqual([model, []]);
      expect(stepwise.parts[model]?.length).toBeGreaterThan(1);
    }
  });

  it('were settled among contested scopes, and built by scope', () => {
    const settled = Object.entries(stepwise.state?.hidden ?? {}).filter(([name]) => name.startsWith('_live_'));
    expect(settled.flatMap(([, parts]) => parts).length).toBeGreaterThan(0);
    const built = reports.slice(1).flatMap(({ models }) => models.map((model) => model.built));
    expect(built).toContain('scopes');
    expect(built).not.toContain('all');
  });
});
