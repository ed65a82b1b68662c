import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, quotedString } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Release } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import type { ModelBuilder } from '../../pipelines/warehouse/build-session.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { deliveries, shopDefinitions } from '../fixtures/shop-world.ts';
import { type Delivery, StagedLake } from '../fixtures/staged-lake.ts';

const definitions = shopDefinitions();
const isLong = process.env['TIDEMARK_LONG'] === '1';
/** Sequences at full length: half of them in each of two tests, which share the processor. */
const longRuns = 60;

/** What comes in, and whether a build follows: several files at once touch more than each alone. */
type Step = readonly [delivery: Delivery, isBuilt: boolean];

/** The graph of the models is the same in every build; reading it takes longer than building so little. */
const relations = createDuckDbWarehouse(createFolderLake(tmpdir())).relationsIn(
  new Map([...definitions.models.values()].map((model) => [model.model, model.sql])),
);

/** A lake of its own with the steps that fill and build it. */
function openLake(folder: string) {
  const lake = createFolderLake(folder);
  const warehouse = createDuckDbWarehouse(lake, { threads: 1 });
  const builder: ModelBuilder = {
    engine: 'duckdb' as const,
    fingerprint: warehouse.fingerprint,
    relationsIn: () => relations,
    locate: (key) => warehouse.locate(key),
    openBuild: (request) => warehouse.openBuild(request),
  };
  const staged = new StagedLake(lake, definitions.datasets);
  const settings = { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY };
  const tools = { lake, builder, definitions, settings, now: () => new Date('2024-07-02T00:00:00Z') };
  return {
    lake,
    deliver: (delivery: Delivery) => staged.deliver(delivery),
    build: (full: boolean) => buildModels(tools, { full }),
  };
}

describe('a build by what receipts touch', () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  });
  afterAll(() => connection.closeSync());

  /** Every mart's rows, straight from the files that its release names. */
  async function read(folder: string): Promise<Record<string, unknown>> {
    const { release } = await currentRelease(createFolderLake(folder));
    const tables: Record<string, unknown> = {};
    for (const [mart, parts] of Object.entries((release as Release).parts)) {
      const files = parts.flatMap(({ keys }) => keys).map((key) => quotedString(join(folder, key)));
      const rows = `from read_parquet([${files.join(', ')}], hive_partitioning = false) order by all`;
      if (files.length > 0) tables[mart] = (await connection.runAndReadAll(rows)).getRowsJson();
    }
    return tables;
  }

  async function buildsAlike(sequence: readonly Step[], order: readonly number[]): Promise<void> {
    const root = mkdtempSync(join(tmpdir(), 'equality-'));
    try {
      const stepwise = openLake(join(root, 'stepwise'));
      for (const [delivery, isBuilt] of sequence) {
        await stepwise.deliver(delivery);
        if (isBuilt) await stepwise.build(false);
      }
      await stepwise.build(false);
      const atOnce = openLake(join(root, 'at-once'));
      const shuffled = sequence.map(([delivery], n) => ({ delivery, rank: order[n] ?? 0 }));
      for (const { delivery } of shuffled.sort((a, b) => a.rank - b.rank)) await atOnce.deliver(delivery);
      const full = await atOnce.build(true);

      expect(await read(join(root, 'stepwise'))).toEqual(await read(join(root, 'at-once')));
      expect((await stepwise.build(false)).release).toBe(full.release);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  async function buildAlike(runs: number, seed: number): Promise<void> {
    const longest = isLong ? 8 : 6;
    const sequences = fc.tuple(
      deliveries({ minLength: 2, maxLength: longest }),
      fc.array(fc.constantFrom(true, false, false), { minLength: longest, maxLength: longest }),
      fc.array(fc.nat(99), { minLength: longest, maxLength: longest }),
    );
    const property = fc.asyncProperty(sequences, async ([files, builds, order]) => {
      await buildsAlike(
        files.map((file, n): Step => [file, builds[n] ?? true]),
        order,
      );
    });
    await fc.assert(property, { numRuns: runs, seed, endOnFailure: !isLong });
  }

  const title = 'equals a full build cell by cell, whatever comes in whichever order';
  const options = { timeout: 3_600_000 };
  if (isLong) {
    const seed = Number(process.env['TIDEMARK_SEED'] ?? 1);
    it.concurrent.each([seed, seed + 1000])(`${title} (seed %i)`, options, (each) => buildAlike(longRuns, each));
  } else it(title, options, () => buildAlike(4, 20_240_701));
});
