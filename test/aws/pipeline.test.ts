import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import { type Deployment, deployAll } from './deployment.ts';

const secret = createHash('sha256').update('a key for tests').digest('hex');
const patience = 600_000;
/** One channel with all that it exports, one with its orders and traffic, and what head office knows of both. */
const dropped = /^(douyin\W|head_office\W|tmall\W(ExportOrderList|生意参谋))/;
/** How long a drop may take to come to rest; a machine that does other things takes several times what a quiet one does. */
const settlingMilliseconds = 480_000;

describe('the deployed pipeline', () => {
  let deployment: Deployment;
  let s3: S3Client;
  let sqs: SQSClient;
  let sfn: SFNClient;
  let folder: string;
  let laptop: Tidemark;
  /** The lake of the deployment, read from outside. */
  let cloud: Tidemark;
  let exports: string[];
  const received: Record<'programs' | 'sales-desk', Warning[]> = { programs: [], 'sales-desk': [] };

  beforeAll(async () => {
    deployment = await deployAll();
    const settings = {
      endpoint: deployment.aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    s3 = new S3Client({ ...settings, forcePathStyle: true });
    sqs = new SQSClient(settings);
    sfn = new SFNClient(settings);
    await new SecretsManagerClient(settings).send(
      new PutSecretValueCommand({
        SecretId: deployment.output('storage', 'PseudonymKeySecret'),
        SecretString: JSON.stringify({ version: 1, secret }),
      }),
    );
    folder = mkdtempSync(join(tmpdir(), 'tidemark-aws-'));
    const open = (lake: string) =>
      compose({
        lake,
        catalogs: [],
        engine: 'duckdb',
        language: 'zh',
        reportingCurrency: 'CNY',
        pseudonymKey: { version: 1, secret: Buffer.from(secret, 'hex') },
        now: () => new Date(),
      });
    Object.assign(process.env, deployment.aws.environment);
    laptop = open(join(folder, 'lake'));
    cloud = open(`s3://${lakeBucket()}`);
    await laptop.generate(join(folder, 'exports'), { orders: 1500, days: 60 }, () => {});
    exports = readdirSync(join(folder, 'exports'), { recursive: true, encoding: 'utf8' })
      .filter((name) => dropped.test(name))
      .map((name) => join(folder, 'exports', name))
      .sort();
  }, patience);
  afterAll(async () => {
    await deployment?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const lakeBucket = () => deployment.output('storage', 'LakeBucketName');

  async function drop(files: readonly string[]): Promise<void> {
    await Promise.all(
      files.map((file) =>
        s3.send(
          new PutObjectCommand({
            Bucket: lakeBucket(),
            Key: `landing/${basename(join(file, '..'))}/${basename(file)}`,
            Body: readFileSync(file),
          }),
        ),
      ),
    );
  }

  async function readJson<T>(key: string, bucket = lakeBucket()): Promise<T | undefined> {
    try {
      const found = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return JSON.parse((await found.Body?.transformToString()) ?? '') as T;
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async function releaseOf(tidemark: Tidemark): Promise<Release> {
    const session = await tidemark.openRelease();
    await session.close();
    return session.release;
  }

  const receiptOf = (body: Uint8Array) =>
    readJson<Receipt>(`receipts/${createHash('sha256').update(body).digest('hex')}.json`);

  /** Waits until every file has a receipt and no run goes on. */
  async function settled(files: readonly (string | Uint8Array)[]): Promise<Receipt[]> {
    const bodies = files.map((file) => (typeof file === 'string' ? readFileSync(file) : file));
    const deadline = Date.now() + settlingMilliseconds;
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const [receipts, runs] = [await Promise.all(bodies.map(receiptOf)), await running()];
      const missing = receipts.filter((receipt) => receipt === undefined).length;
      if (Date.now() > deadline) {
        const log = deployment.aws.log().slice(-4000);
        throw new Error(`${missing} of ${receipts.length} files have no receipt, ${runs} runs go on:\n${log}`);
      }
      quiet = missing === 0 && runs === 0 ? quiet + 1 : 0;
    }
    return (await Promise.all(bodies.map(receiptOf))) as Receipt[];
  }

  async function executions() {
    const request = { stateMachineArn: deployment.output('pipeline', 'RunMachineArn'), maxResults: 1000 };
    return (await sfn.send(new ListExecutionsCommand(request))).executions ?? [];
  }

  async function running(): Promise<number> {
    return (await executions()).filter(({ status }) => status === 'RUNNING').length;
  }

  async function receive(url: string): Promise<string[]> {
    const bodies: string[] = [];
    for (;;) {
      const request = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
      if (Messages.length === 0) return bodies;
      for (const { Body = '', ReceiptHandle } of Messages) {
        bodies.push(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
    }
  }

  async function receiveWarnings(inbox: 'Programs' | 'SalesDesk'): Promise<Warning[]> {
    const bodies = await receive(deployment.output('pipeline', `Warnings${inbox}InboxUrl`));
    return bodies.map((body) => JSON.parse(body) as Warning);
  }

  it('ends a drop of many files at once in the same marts as a laptop', { timeout: patience }, async () => {
    for await (const receipt of laptop.ingest(exports, {})) expect(receipt.status).not.toBe('refused');
    await laptop.build({}, () => {});
    await drop(exports);
    const receipts = await settled(exports);
    expect(receipts.map(({ status }) => status).filter((status) => status === 'refused')).toEqual([]);
    const [there, here] = [await releaseOf(cloud), await releaseOf(laptop)];
    for (const mart of [
      'order_facts',
      'sales_daily',
      'traffic_daily',
      'satisfaction_daily',
      'kpi_daily',
      'customer_360',
    ]) {
      expect(idsOf(there, mart), mart).toEqual(idsOf(here, mart));
    }
  });

  it('tells a program every warning that was recorded, each once', { timeout: patience }, async () => {
    received.programs.push(...(await receiveWarnings('Programs')));
    const recorded = await cloud.warnings({});
    expect(recorded.length).toBeGreaterThan(0);
    expect(received.programs.map(({ id }) => id).toSorted()).toEqual(recorded.map(({ id }) => id).toSorted());
  });

  it('finds the planted collapse', async () => {
    const planted = JSON.parse(readFileSync(join(folder, 'exports', 'planted.json'), 'utf8')) as {
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
    received['sales-desk'].push(...(await receiveWarnings('SalesDesk')));
    const expected = received.programs.filter(
      ({ severity, state }) => severity !== 'approaching' && ['breached', 'recovered'].includes(state),
    );
    expect(received['sales-desk'].map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
  });

  it('puts the new numbers behind the pages of the report', async () => {
    const bucket = deployment.output('storage', 'ReportBucketName');
    const manifest = await readJson<{ release: string; tables: Record<string, string> }>('data/manifest.json', bucket);
    expect(manifest?.release).toBe((await releaseOf(cloud)).id);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'data/marts/' }));
    const keys = new Set(Contents.map(({ Key }) => Key));
    const missing = Object.values(manifest?.tables ?? {}).filter((path) => !keys.has(`data/${path}`));
    expect(missing).toEqual([]);
    expect(Object.keys(manifest?.tables ?? {}).length).toBeGreaterThan(5);
  });

  it('changes nothing where the same files come twice', { timeout: patience }, async () => {
    const before = await releaseOf(cloud);
    await drop(exports.slice(0, 3));
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await settled(exports.slice(0, 3));
    expect((await releaseOf(cloud)).id).toBe(before.id);
    expect(await receiveWarnings('Programs')).toEqual([]);
  });

  it('keeps a poison file, says why, and puts it on the dead letters', { timeout: patience }, async () => {
    const before = await releaseOf(cloud);
    const poison = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe]), Buffer.from(randomUUID())]);
    const key = 'landing/tmall/poison.csv';
    await s3.send(new PutObjectCommand({ Bucket: lakeBucket(), Key: key, Body: poison }));
    const [receipt] = await settled([poison]);
    expect(receipt).toMatchObject({ file: 'poison.csv', status: 'refused', accepted: 0 });
    const raw = await s3.send(new GetObjectCommand({ Bucket: lakeBucket(), Key: receipt?.raw_key ?? '' }));
    expect(Buffer.from((await raw.Body?.transformToByteArray()) ?? []).equals(poison)).toBe(true);
    const letters = (await receive(deployment.output('pipeline', 'DeadLettersUrl'))).map((body) => JSON.parse(body));
    expect(letters.map((letter) => letter.detail.object.key)).toEqual([key]);
    expect(letters[0].outcome.status).toBe('refused');
    expect(idsOf(await releaseOf(cloud), 'sales_daily')).toEqual(idsOf(before, 'sales_daily'));
  });

  it('ends every run well', async () => {
    const all = await executions();
    expect(all.length).toBeGreaterThan(0);
    expect(all.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  });
});

function idsOf(release: Release, mart: string): string[] {
  return (release.parts[mart] ?? []).map(({ month, id }) => `${month} ${id}`).toSorted();
}
