import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeReleases } from '../../pipelines/compose-releases.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { dayNumber, ordersOf } from '../bench/aws/cancelled-orders.ts';
import { DeployedPipeline, type Dropped, idsOf, pause, releaseOf } from './deployed-pipeline.ts';

const patience = 600_000;
/** One channel with all that it exports, one with its orders and traffic, and what head office knows of both. */
const dropped = /^(douyin\W|head_office\W|tmall\W(ExportOrderList|生意参谋))/;
const compared = [
  'order_facts',
  'sales_daily',
  'traffic_daily',
  'satisfaction_daily',
  'kpi_daily',
  'customer_360',
] as const;

describe('the deployed pipeline', () => {
  let pipeline: DeployedPipeline;
  let exports: string[];
  const received: Record<'programs' | 'sales-desk', Warning[]> = { programs: [], 'sales-desk': [] };

  beforeAll(async () => {
    pipeline = await DeployedPipeline.deploy();
    const folder = join(pipeline.folder, 'exports');
    await pipeline.laptop.generate(folder, { orders: 1500, days: 60 }, () => {});
    exports = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => dropped.test(name))
      .map((name) => join(folder, name))
      .sort();
  }, patience);
  afterAll(() => pipeline?.remove(), 60_000);

  /** Does on the laptop what the deployment has done, and compares the marts. */
  async function expectSameMarts(files: readonly string[]): Promise<void> {
    const { laptop, cloud } = pipeline;
    for await (const receipt of laptop.ingest(files, {})) expect(receipt.status).not.toBe('refused');
    await laptop.build({}, () => {});
    const [there, here] = [await releaseOf(cloud), await releaseOf(laptop)];
    for (const mart of compared) expect(idsOf(there, mart), mart).toEqual(idsOf(here, mart));
  }

  /** One day's orders of another shop, as a file on disk. */
  function ordersFile(number: number, rows: number): string {
    const path = join(pipeline.folder, `woocommerce_order_export_${number}.csv`);
    writeFileSync(path, ordersOf(dayNumber(number), { rows, isBad: false, edition: 0 }));
    return path;
  }

  it('ends a drop of many files at once in the same marts as a laptop', { timeout: patience }, async () => {
    await pipeline.drop(exports);
    const receipts = await pipeline.settled(exports);
    expect(receipts.map(({ status }) => status).filter((status) => status === 'refused')).toEqual([]);
    await expectSameMarts(exports);
  });

  it('tells a program every warning that was recorded, each once', { timeout: patience }, async () => {
    received.programs.push(...(await pipeline.warningsFor('Programs')));
    const recorded = await pipeline.cloud.warnings({});
    expect(recorded.length).toBeGreaterThan(0);
    expect(received.programs.map(({ id }) => id).toSorted()).toEqual(recorded.map(({ id }) => id).toSorted());
  });

  it('finds the planted collapse', async () => {
    const planted = JSON.parse(readFileSync(join(pipeline.folder, 'exports', 'planted.json'), 'utf8')) as {
      incidents: { kind: string; kpi_id: string; channel_id: string }[];
    };
    const collapse = planted.incidents.find(({ kind }) => kind === 'conversion_collapse');
    const found = received.programs.filter(
      ({ kpi_id, channel_id, state }) =>
        kpi_id === collapse?.kpi_id && channel_id === collapse.channel_id && state === 'breached',
    );
    expect(found.length).toBeGreaterThan(0);
  });

  it('tells a desk only what its filter lets through', async () => {
    received['sales-desk'].push(...(await pipeline.warningsFor('SalesDesk')));
    const expected = received.programs.filter(
      ({ severity, state }) => severity !== 'approaching' && ['breached', 'recovered'].includes(state),
    );
    expect(received['sales-desk'].map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
  });

  it('puts the new numbers behind the pages of the report', async () => {
    const Bucket = pipeline.deployment.output('storage', 'ReportBucketName');
    type Manifest = { release: string; tables: Record<string, string> };
    const manifest = await pipeline.readJson<Manifest>('data/manifest.json', Bucket);
    expect(manifest?.release).toBe((await releaseOf(pipeline.cloud)).id);
    const { Contents = [] } = await pipeline.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'data/marts/' }));
    const keys = new Set(Contents.map(({ Key }) => Key));
    const missing = Object.values(manifest?.tables ?? {}).filter((path) => !keys.has(`data/${path}`));
    expect(missing).toEqual([]);
    expect(Object.keys(manifest?.tables ?? {}).length).toBeGreaterThan(5);
  });

  it('changes nothing where the same files come twice', { timeout: patience }, async () => {
    const before = await releaseOf(pipeline.cloud);
    await pipeline.drop(exports.slice(0, 3));
    await pause(4000);
    await pipeline.settled(exports.slice(0, 3));
    expect((await releaseOf(pipeline.cloud)).id).toBe(before.id);
    expect(await pipeline.warningsFor('Programs')).toEqual([]);
  });

  it('keeps a poison file, says why, and puts it on the dead letters', { timeout: patience }, async () => {
    const before = await releaseOf(pipeline.cloud);
    const body = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe]), Buffer.from(randomUUID())]);
    const poison: Dropped = { name: 'tmall/poison.csv', body };
    await pipeline.drop([poison]);
    const [receipt] = await pipeline.settled([poison]);
    expect(receipt).toMatchObject({ file: 'poison.csv', status: 'refused', accepted: 0 });
    const raw = await pipeline.s3.send(
      new GetObjectCommand({ Bucket: pipeline.lakeBucket, Key: receipt?.raw_key ?? '' }),
    );
    expect(Buffer.from((await raw.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    const letters = await pipeline.deadLetters();
    expect(letters.map((letter) => letter.detail.object.key)).toEqual(['landing/tmall/poison.csv']);
    expect(letters[0]?.outcome.status).toBe('refused');
    expect(idsOf(await releaseOf(pipeline.cloud), 'sales_daily')).toEqual(idsOf(before, 'sales_daily'));
  });

  it.each([
    ['two', [1, 2]],
    ['ten', [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ])('takes %s files that are dropped at the same moment', { timeout: patience }, async (_, days) => {
    const files = days.map((day) => ordersFile(day, 50));
    await pipeline.drop(files);
    expect((await pipeline.settled(files)).map(({ accepted }) => accepted)).toEqual(days.map(() => 50));
    await expectSameMarts(files);
    const session = await pipeline.cloud.openRelease();
    // Of the fifty orders of a day, at 20.00 each, the first is cancelled.
    const sql = `select business_date, orders, cancelled_orders, gross_sales from sales_daily
      where channel_id = 'woocommerce_shop' and business_date >= date '${dayNumber(days[0] ?? 0)}' order by 1`;
    const { rows } = await session.query(sql);
    await session.close();
    expect(rows.map((row) => Object.values(row).map(String))).toEqual(
      days.map((day) => [dayNumber(day), '49', '1', expect.stringMatching(/^980(\.0+)?$/)]),
    );
  });

  it('comes to the same marts where the reader of a file is killed half-way', { timeout: patience }, async () => {
    const file = ordersFile(13, 200_000);
    const runs = (await pipeline.executions()).length;
    await pipeline.drop([file]);
    while ((await pipeline.executions()).length === runs) await pause(50);
    await pause(700);
    expect(await pipeline.kill('FunctionsIngest')).toBeGreaterThan(0);
    expect(await pipeline.receiptOf(file)).toBeUndefined();
    const [receipt] = await pipeline.settled([file]);
    expect(receipt).toMatchObject({ status: 'accepted', rows_in: 200_000, attempt: 1 });
    await expectSameMarts([file]);
  });

  it('comes to the same marts where the builder is killed half-way', { timeout: patience }, async () => {
    const file = ordersFile(14, 50);
    const before = (await releaseOf(pipeline.cloud)).id;
    await pipeline.drop([file]);
    while ((await pipeline.receiptOf(file)) === undefined) await pause(50);
    await pause(300);
    expect(await pipeline.kill('FunctionsBuild')).toBeGreaterThan(0);
    expect((await releaseOf(pipeline.cloud)).id).toBe(before);
    await pipeline.settled([file]);
    await expectSameMarts([file]);
  });

  it('reads history that waits for a backfill when somebody starts it, and not before', {
    timeout: patience,
  }, async () => {
    const files = [15, 16, 17].map((day) => ordersFile(day, 50));
    const runs = (await pipeline.executions()).length;
    const waiting = files.map((file, n) => ({ name: `woocommerce_orders/${n}.csv`, body: readFileSync(file) }));
    await pipeline.drop(waiting, 'landing/backfill');
    await pause(5000);
    expect((await pipeline.executions()).length).toBe(runs);
    await pipeline.backfill('landing/backfill/');
    expect((await pipeline.settled(files)).map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    await expectSameMarts(files);
  });

  it('goes back to an earlier release from a terminal, readable for the functions, and forward again', {
    timeout: patience,
  }, async () => {
    const { cloud, s3, deployment } = pipeline;
    const before = (await releaseOf(cloud)).id;
    const { release } = await composeReleases(await pipeline.terminal()).rollBack();
    expect(release).not.toBe(before);
    expect((await releaseOf(cloud)).id).toBe(release);
    const Bucket = pipeline.lakeBucket;
    const pointer = await s3.send(new HeadObjectCommand({ Bucket, Key: 'releases/current.json' }));
    expect(pointer.SSEKMSKeyId).toBe(deployment.output('storage', 'SharedKeyArn'));
    const report = deployment.output('storage', 'ReportBucketName');
    const shown = async () => (await pipeline.readJson<{ release: string }>('data/manifest.json', report))?.release;
    await pipeline.invoke('RefreshFunction');
    expect(await shown()).toBe(release);
    await pipeline.invoke('BuildFunction');
    await pipeline.invoke('RefreshFunction');
    expect(await shown()).toBe(before);
  });

  it('ends every run well', async () => {
    const all = await pipeline.executions();
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
    expect(await pipeline.deadLetters()).toEqual([]);
  });
});
