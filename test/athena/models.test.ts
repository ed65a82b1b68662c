import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient, type ColumnInfo } from '@aws-sdk/client-athena';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose } from '../../pipelines/compose.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { ModelDefinition } from '../../pipelines/domain/model.ts';
import { type Ministack, startMinistack } from '../aws/ministack.ts';
import { query } from './athena-client.ts';
import { type AthenaEndpoint, startAthena } from './athena-endpoint.ts';
import { type ModelInputs, prepareInputs } from './model-inputs.ts';
import { startTrino, type Trino } from './trino.ts';

const patience = 900_000;
const bucket = 'athena-lake';
const database = 'marts_under_test';
const models = [...loadDefinitions().models.values()];

const athenaTypes: Readonly<Record<ModelDefinition['columns'][number]['type'], string>> = {
  text: 'varchar',
  integer: 'bigint',
  decimal: 'decimal(18,4)',
  ratio: 'decimal(20,6)',
  date: 'date',
  timestamp: 'timestamp',
  boolean: 'boolean',
  double: 'double',
};

describe('every model on Athena’s engine and on DuckDB', () => {
  let aws: Ministack;
  let trino: Trino;
  let endpoint: AthenaEndpoint;
  let athena: AthenaClient;
  let folder: string;
  let inputs: ModelInputs;
  const failures = new Map<string, unknown>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-athena-'));
    aws = await startMinistack();
    endpoint = await startAthena({ trino: () => trino.url, emulator: aws.url });
    trino = await startTrino({ s3: aws.url, glue: endpoint.url });
    athena = new AthenaClient({
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    inputs = await prepareInputs(folder, async (exports) => {
      const tidemark = compose({
        lake: join(folder, 'unused'),
        catalogs: [],
        engine: 'duckdb',
        language: 'en',
        reportingCurrency: 'CNY',
        now: () => new Date(),
      });
      await tidemark.generate(exports, { orders: 2000, days: 90 }, () => {});
    });
    await layInputs();
    await buildModels();
  }, patience);

  afterAll(async () => {
    inputs?.reference.close();
    await trino?.stop();
    await endpoint?.stop();
    await aws?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function layInputs(): Promise<void> {
    const s3 = new S3Client({
      endpoint: aws.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await query(athena, `create database ${database} location 's3://${bucket}/database/'`);
    for (const { name, columns } of inputs.relations) {
      const file = join(folder, `${name}.parquet`);
      await inputs.reference.run(`copy ${quotedIdentifier(name)} to ${quotedString(file)} (format parquet)`);
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: `inputs/${name}/rows.parquet`, Body: readFileSync(file) }),
      );
      const fields = columns.map((column) => `\`${column.name}\` ${column.type.replace('varchar', 'string')}`);
      await query(
        athena,
        `create external table ${database}.${name} (${fields.join(', ')}) stored as parquet location 's3://${bucket}/inputs/${name}/'`,
      );
    }
  }

  /** In graph order. One that fails fails its own test, and those of its readers. */
  async function buildModels(): Promise<void> {
    for (const { model } of inputs.request.graph.values()) {
      const location = `s3://${bucket}/models/${model.model}/`;
      const create =
        model.materialized === 'view'
          ? `create view ${model.model} as ${model.sql}`
          : `create table ${model.model} with (format = 'PARQUET', external_location = '${location}') as ${model.sql}`;
      await query(athena, create, database).catch((error: unknown) => failures.set(model.model, error));
    }
  }

  it('knows every model of the catalog', () => {
    expect([...inputs.request.graph.keys()].toSorted()).toEqual(models.map(({ model }) => model).toSorted());
    expect(models.length).toBeGreaterThan(30);
  });

  it.each(models.map((model) => [model.model, model] as const))('%s', { timeout: patience }, async (name, model) => {
    if (failures.has(name)) throw failures.get(name);
    const columns = model.columns.map((column) => column.name);
    const list = columns.map((column) => `"${column}"`).join(', ');
    const there = await query(athena, `select ${list} from ${name}`, database);
    const here = await inputs.reference.rows(`select ${list} from ${quotedIdentifier(name)}`);
    expect(there.columns.map(typeText)).toEqual(model.columns.map(({ type }) => athenaTypes[type]));
    const rowsHere = here.map((row) => columns.map((column) => plain(row[column])).join(' | '));
    const rowsThere = there.rows.map((row) => row.map(plain).join(' | '));
    expect(rowsThere.toSorted()).toEqual(rowsHere.toSorted());
  });
});

function typeText({ Type, Precision, Scale }: ColumnInfo): string {
  return Type === 'decimal' ? `decimal(${Precision},${Scale})` : (Type ?? '');
}

/** Both engines' text of a value: timestamps without idle zeros, numbers as numbers. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return '∅';
  const text = String(value);
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(text))
    return text.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));
  return /^-?\d+\.\d+(E-?\d+)?$/.test(text) ? String(Number(text)) : text;
}
