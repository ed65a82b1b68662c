import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import {
  AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compose } from '../../pipelines/compose.ts';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { ModelDefinition } from '../../pipelines/domain/model.ts';
import { query } from './athena-client.ts';
import { type ModelInputs, prepareInputs } from './model-inputs.ts';
import { unload } from './unload.ts';

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

const shared = process.env['TIDEMARK_SHARED_DATA'] ?? resolve(import.meta.dirname, '../../../shared/data');
/** Real exports, where they lie at hand: half a million lines of an English shop, and orders of a Chinese one. */
const realExports = ['uci_online_retail_2009_2010.csv.gz', 'tmall_order_report.csv.gz']
  .map((name) => join(shared, name))
  .filter((file) => existsSync(file));
const inputNames = ['example exports', ...realExports.map((file) => basename(file))].join(', ');

/** Relations with more rows are compared as files: pages of text would take minutes. */
const rowsForPages = 20_000;

describe(`every model on Athena’s engine and on DuckDB: ${inputNames}`, () => {
  const stand = inject('athenaStand');
  let athena: AthenaClient;
  let s3: S3Client;
  let folder: string;
  let inputs: ModelInputs;
  const failures = new Map<string, unknown>();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-athena-'));
    athena = new AthenaClient({
      endpoint: stand.athena,
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
      mkdirSync(join(exports, 'real'));
      for (const file of realExports) copyFileSync(file, join(exports, 'real', basename(file)));
    });
    await layInputs();
    await buildModels();
  }, patience);

  afterAll(async () => {
    inputs?.reference.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function layInputs(): Promise<void> {
    s3 = new S3Client({
      endpoint: stand.emulator,
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
    const [size] = await inputs.reference.rows(`select count(*) as rows from ${quotedIdentifier(name)}`);
    const limit = Number(size?.['rows']) > rowsForPages ? ' limit 0' : '';
    const there = await query(athena, `select ${list} from ${name}${limit}`, database);
    expect(there.columns.map(typeText)).toEqual(model.columns.map(({ type }) => athenaTypes[type]));
    if (limit !== '') return await compareFiles(name, list);
    const here = await inputs.reference.rows(`select ${list} from ${quotedIdentifier(name)}`);
    const rowsHere = here.map((row) => columns.map((column) => plain(row[column])).join(' | '));
    const rowsThere = there.rows.map((row) => row.map(plain).join(' | '));
    expect(rowsThere.toSorted()).toEqual(rowsHere.toSorted());
  });

  it.each([
    ['create or replace table refused as select 1 as one', /Expecting: 'view'/],
    ['alter table sales_daily execute optimize', /mismatched input 'execute'/],
    ['insert overwrite sales_daily select * from sales_daily', /Expecting: 'into'/],
    ['create table refused (one bigint)', /No location was specified/],
    ['select net_sales * 1.5 from sales_daily', /1\.5e0/],
    ['selct 1', /mismatched input 'selct'/],
  ])('refuses at once what Athena refuses: %s', async (sql, reason) => {
    await expect(query(athena, sql, database)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringMatching(reason),
    });
  });

  it('writes a hundred partitions with one statement, and refuses one more', async () => {
    const create = (partitions: number) => {
      const table = `split_${partitions}`;
      const properties = `format = 'PARQUET', external_location = 's3://${bucket}/${table}/', partitioned_by = array['part']`;
      const numbers = `select n, cast(n as varchar) as part from unnest(sequence(1, ${partitions})) as t (n)`;
      return query(athena, `create table ${table} with (${properties}) as ${numbers}`, database);
    };
    await create(100);
    expect((await query(athena, 'select count(distinct part) from split_100', database)).rows).toEqual([['100']]);
    await expect(create(101)).rejects.toThrow(/TOO_MANY_OPEN_PARTITIONS/);
  });

  it('cancels a statement that is asked to stop', async () => {
    const sql =
      'select count(*) from unnest(sequence(1, 10000)) a cross join unnest(sequence(1, 10000)) b cross join unnest(sequence(1, 10000)) c';
    const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString: sql }));
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    expect(QueryExecution?.Status?.State).toBe('CANCELLED');
    await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toThrow(/CANCELLED/);
  });

  /** Both ways, so that neither side may have a row, or a repeat of one, that the other lacks. */
  async function compareFiles(name: string, list: string): Promise<void> {
    const files = join(folder, `unloaded-${name}`);
    const target = { bucket, prefix: `unloaded/${name}/`, folder: files };
    await unload({ athena, s3 }, { select: `select ${list} from ${name}`, database }, target);
    const there = `select ${list} from read_parquet(${quotedString(join(files, '*'))})`;
    const here = `select ${list} from ${quotedIdentifier(name)}`;
    const differing = `(${here} except all ${there}) union all (${there} except all ${here})`;
    expect(await inputs.reference.rows(`select * from (${differing}) order by all limit 10`)).toEqual([]);
  }
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
