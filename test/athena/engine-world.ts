import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { quotedString } from '@duckdb/node-api';
import { compose, type Settings, type Tidemark } from '../../pipelines/compose.ts';
import { lakeObjects } from '../../pipelines/compose-athena.ts';
import { martShapes, type Release, releaseKey } from '../../pipelines/domain/release.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { readJson } from '../../pipelines/steps/lake-json.ts';
import type { AthenaSettings } from '../../pipelines/warehouse/athena-statements.ts';
import { type AthenaWarehouse, createAthenaWarehouse } from '../../pipelines/warehouse/athena-warehouse.ts';
import { DuckDbEngine } from '../../pipelines/warehouse/duckdb-engine.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import type { LakeObjects } from '../../pipelines/warehouse/warehouse.ts';
import type { AthenaStand } from './stand.ts';

const shared = process.env['TIDEMARK_SHARED_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data');
/** Real exports, where they lie at hand: half a million lines of an English shop, and orders of a Chinese one. */
export const realExports = ['uci_online_retail_2009_2010.csv.gz', 'tmall_order_report.csv.gz']
  .map((name) => join(shared, name))
  .filter((file) => existsSync(file));

export interface EngineWorld {
  readonly folder: string;
  readonly athena: AthenaSettings;
  /** The same lake, composed for an engine. */
  on(engine: Settings['engine'], changes?: Partial<Settings>): Tidemark;
  /** The lake’s objects as Athena addresses them, and the adapter over them. */
  objects(): LakeObjects;
  athenaWarehouse(): Promise<AthenaWarehouse>;
  remove(): void;
}

/** An empty lake in a bucket, with the databases that the storage stack would make. */
export async function makeWorld(stand: AthenaStand, name: string): Promise<EngineWorld> {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: stand.emulator,
    AWS_ENDPOINT_URL_ATHENA: stand.athena,
    AWS_ENDPOINT_URL_GLUE: stand.athena,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const [bucket, database] = [`${name}-lake`, `tidemark_${name}`];
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  for (const each of [database, `${database}_build`]) {
    const DatabaseInput = { Name: each, LocationUri: `s3://${bucket}/databases/${each}/` };
    await new GlueClient({}).send(new CreateDatabaseCommand({ DatabaseInput }));
  }
  const workgroup = `tidemark-${name}`;
  const ResultConfiguration = { OutputLocation: `s3://${bucket}/results/` };
  const Configuration = { EnforceWorkGroupConfiguration: true, ResultConfiguration };
  await new AthenaClient({}).send(new CreateWorkGroupCommand({ Name: workgroup, Configuration }));
  const folder = mkdtempSync(join(tmpdir(), `tidemark-${name}-`));
  const athena = { workgroup, database, timeoutMinutes: 5, usdPerTerabyte: 5 };
  const on: EngineWorld['on'] = (engine, changes = {}) =>
    compose({
      ...{ lake: `s3://${bucket}`, catalogs: [], engine, language: 'en', reportingCurrency: 'CNY', athena },
      pseudonymKey: { version: 1, secret: Buffer.alloc(32, 7) },
      now: () => new Date('2026-11-02T00:00:00Z'),
      report: join(folder, `report-${engine}`),
      ...changes,
    });
  const { lake, settings } = on('athena');
  const objects = () => lakeObjects(settings.lake, lake);
  return {
    ...{ folder, athena, on, objects },
    athenaWarehouse: async () =>
      createAthenaWarehouse({ settings: athena, objects: objects(), parser: createDuckDbWarehouse(lake) }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Example exports, and real ones where they lie at hand. Answers the folder. */
export async function makeExports({ folder, on }: EngineWorld): Promise<string> {
  const exports = join(folder, 'exports');
  await on('duckdb').generate(exports, { orders: 2000, days: 90 }, () => {});
  mkdirSync(join(exports, 'real'));
  for (const file of realExports) copyFileSync(file, join(exports, 'real', basename(file)));
  return exports;
}

export async function ingest(tidemark: Tidemark, paths: readonly string[]): Promise<void> {
  for await (const receipt of tidemark.ingest(paths, {})) {
    if (receipt.status === 'refused') throw new Error(`${receipt.file} is refused: ${receipt.notes[0]?.text}`);
  }
}

export function readRelease(lake: Lake, id: string): Promise<Release> {
  return readJson<Release>(lake, releaseKey(id));
}

/** Rows of a mart that one of two releases has and the other lacks, repeats counted; read from the files themselves. */
export async function differingRows(
  lake: Lake,
  mart: string,
  releases: readonly [Release, Release],
): Promise<unknown[]> {
  const engine = await DuckDbEngine.open({});
  try {
    const [one, other] = await Promise.all(releases.map((release) => selectOf(lake, mart, release)));
    const differing = `(${one} except all ${other}) union all (${other} except all ${one})`;
    return await engine.rows(`select * from (${differing}) order by all limit 10`);
  } finally {
    engine.close();
  }
}

async function selectOf(lake: Lake, mart: string, release: Release): Promise<string> {
  const keys = (release.parts[mart] ?? []).flatMap((part) => part.keys);
  const columns = (release.marts ?? martShapes([]))[mart]?.columns ?? [];
  if (keys.length === 0) return `select ${columns.map(({ name }) => `null as "${name}"`).join(', ')} where false`;
  const paths = await Promise.all(keys.map((key) => lake.localPath(key)));
  const list = columns.map(({ name }) => `"${name}"`).join(', ');
  return `select ${list} from read_parquet([${paths.map(quotedString).join(', ')}], hive_partitioning = false)`;
}
