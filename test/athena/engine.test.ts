import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import type { BuildReport } from '../../pipelines/steps/build-models.ts';
import {
  differingRows,
  type EngineWorld,
  ingest,
  makeExports,
  makeWorld,
  readRelease,
  realExports,
} from './engine-world.ts';

/** On a machine that does other things as well. */
const patience = 2_400_000;
const marts = [...loadDefinitions().models.values()].filter(({ materialized }) => materialized === 'parts');
const inputs = ['example exports', ...realExports.map((file) => basename(file))].join(', ');

describe(`builds on Athena’s engine and on DuckDB: ${inputs}`, () => {
  let world: EngineWorld;
  let late: string;
  const reports: BuildReport[] = [];
  let releases: Release[];

  beforeAll(async () => {
    world = await makeWorld(inject('athenaStand'), 'engine');
    const exports = await makeExports(world);
    const [duckdb, athena] = [world.on('duckdb'), world.on('athena')];
    // The newest file of refunds comes after the first builds.
    late = globSync('tmall/ExportRefundList*', { cwd: exports, withFileTypes: false }).sort().at(-1) ?? '';
    const files = globSync('**/*.*', { cwd: exports }).filter((file) => file !== late && !file.endsWith('.json'));
    await ingest(
      duckdb,
      files.sort().map((file) => `${exports}/${file}`),
    );
    reports.push(await athena.build({}, () => {}));
    reports.push(await athena.build({}, () => {}));
    await ingest(duckdb, [`${exports}/${late}`]);
    reports.push(await athena.build({}, () => {}));
    reports.push(await duckdb.build({ full: true }, () => {}));
    releases = await Promise.all(reports.map(({ release }) => readRelease(duckdb.lake, release)));
  }, patience);
  afterAll(() => world?.remove());

  it.each(marts.map(({ model }) => [model]))('%s is the same cell by cell', async (mart) => {
    const { lake } = world.on('duckdb');
    const [, , changed, last] = releases as [Release, Release, Release, Release];
    expect(await differingRows(lake, mart, [changed, last])).toEqual([]);
    const rowsOf = ({ parts }: Release) => parts[mart]?.map(({ month, rows }) => [month, rows]);
    expect(rowsOf(changed)).toEqual(rowsOf(last));
  });

  it('says what each model scanned and cost', () => {
    const built = reports[0]!.models;
    expect(built).toHaveLength(marts.length);
    const written = built.filter(({ parts_written }) => parts_written > 0);
    expect(written.length).toBeGreaterThan(30);
    // Rows are written, then read again to be hashed; an empty mart needs less.
    for (const { model, usage } of written) {
      expect([model, (usage?.statements ?? 0) >= 2, (usage?.cost_usd ?? 0) > 0]).toEqual([model, true, true]);
    }
    expect(reports[0]!.settling?.scanned_bytes).toBeGreaterThan(0);
  });

  it('changes nothing when it builds again', () => {
    expect(reports[1]).toMatchObject({ is_new: false, release: reports[0]!.release });
    expect(reports[1]!.models.filter(({ built }) => built !== 'nothing')).toEqual([]);
  });

  it('builds only what one more file touches', () => {
    const changed = reports[2]!;
    const by = Map.groupBy(changed.models, ({ built }) => built);
    expect(by.get('nothing')?.length).toBeGreaterThan(5);
    const partsOf = (release: Release | undefined) =>
      new Set((release?.parts['sales_daily'] ?? []).flatMap(({ keys }) => keys));
    const [before, after] = [partsOf(releases[0]), partsOf(releases[2])];
    expect([...after].filter((key) => !before.has(key)).length).toBeLessThanOrEqual(3);
    expect([...after].filter((key) => before.has(key)).length).toBeGreaterThan(0);
  });

  it('keeps a data dictionary in both languages', async () => {
    const { Table } = await new GlueClient({}).send(
      new GetTableCommand({ DatabaseName: world.athena.database, Name: 'sales_daily' }),
    );
    expect(Table?.StorageDescriptor?.Columns?.find(({ Name }) => Name === 'net_sales')?.Comment).toMatch(
      /\p{Script=Han}.* \/ .*[a-z]/u,
    );
    expect(Table?.Parameters?.['description']).toMatch(/\p{Script=Han}.* \/ .*[a-z]/u);
  });
});
