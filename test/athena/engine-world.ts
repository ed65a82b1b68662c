import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { compose, type Settings, type Tidemark } from '../../pipelines/compose.ts';
import { lakeObjects } from '../../pipelines/compose-athena.ts';
import { type Release, releaseKey } from '../../pipelines/domain/release.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { readJson } from '../../pipelines/steps/freeze-receipts.ts';
import type { AthenaSettings } from '../../pipelines/warehouse/athena-statements.ts';
import { type AthenaWarehouse, createAthenaWarehouse } from '../../pipelines/warehouse/athena-warehouse.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import type { LakeObjects } from '../../pipelines/warehouse/warehouse.ts';
import type { AthenaStand } from './stand.ts';

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

export async function ingest(tidemark: Tidemark, paths: readonly string[]): Promise<void> {
  for await (const receipt of tidemark.ingest(paths, {})) {
    if (receipt.status === 'refused') throw new Error(`${receipt.file} is refused: ${receipt.notes[0]?.text}`);
  }
}

export function readRelease(lake: Lake, id: string): Promise<Release> {
  return readJson<Release>(lake, releaseKey(id));
}
