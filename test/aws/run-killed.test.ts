import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { quotedString } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { readRuns } from '../../pipelines/steps/alert-store.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { paperHeader, paperRecords, paperShopCatalog, table } from '../ingest/paper-shop.ts';
import { query } from '../ingest/staged-lake.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { receiveAll } from './receive-all.ts';
import { startProxy } from './store-proxy.ts';
import { openLakeAt, type RunPlace, wholeRun } from './whole-run.ts';

const bucket = 'lake-of-killed-runs';
/** Runs that are tried at the same time. */
const lanes = 2;

describe('a whole run on a bucket, killed at every call of the SDK', () => {
  let aws: Ministack;
  let sns: SNSClient;
  let sqs: SQSClient;
  let folder: string;
  let file: string;
  let catalog: string;

  beforeAll(async () => {
    aws = await startMinistack();
    Object.assign(process.env, aws.environment);
    sns = new SNSClient();
    sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
    folder = mkdtempSync(join(tmpdir(), 'tidemark-killed-run-'));
    catalog = paperShopCatalog(folder);
    file = join(folder, 'shop.csv');
    const records = paperRecords(60);
    records[7]![3] = 'x';
    writeFileSync(file, table([paperHeader, ...records]));
  });
  afterAll(async () => {
    await aws?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A lake of its own with a topic and a queue that hears all of it. */
  async function newPlace(name: string): Promise<{ place: RunPlace; queueUrl: string }> {
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const endpoint = `arn:aws:sqs:us-east-1:${aws.account}:${name}`;
    const attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: endpoint, Attributes: attributes }));
    return { place: { ...placeAt(name), topic: TopicArn }, queueUrl: QueueUrl };
  }

  function placeAt(name: string): RunPlace {
    const localFolder = join(folder, name, String(Math.random()).slice(2));
    mkdirSync(localFolder, { recursive: true });
    return { bucket, prefix: `${name}/`, localFolder, catalog, files: [file], topic: '' };
  }

  /** What readers of the lake and of the topic see of a run, without the names that differ from run to run. */
  async function outcomeOf(name: string, queueUrl: string) {
    const lake = openLakeAt(placeAt(name));
    const { release } = await currentRelease(lake);
    const told = (await receiveAll(sqs, queueUrl)).map(({ body }) => (JSON.parse(body) as { id: string }).id);
    const recorded: string[] = [];
    for await (const { warnings } of readRuns(lake)) recorded.push(...warnings.map(({ id }) => id));
    const seen = { release: release?.id, staged: await stagedRows(lake), recorded, told: [...new Set(told)] };
    return { seen, repeats: told.length - seen.told.length };
  }

  /** Runs in a process of its own through a proxy that kills it when its n-th request arrives. */
  async function runUntil(at: number, place: RunPlace): Promise<{ killed: boolean; requests: readonly string[] }> {
    let child: ChildProcess | undefined;
    const proxy = await startProxy(aws.url, { onRequest: (n) => n === at && child?.kill('SIGKILL') });
    const script = join(import.meta.dirname, 'whole-run-child.ts');
    const env = { ...process.env, AWS_ENDPOINT_URL: proxy.url };
    child = spawn(process.execPath, [script, JSON.stringify(place)], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const signal = await new Promise<NodeJS.Signals | null>((resolve) => child?.on('exit', (_, by) => resolve(by)));
    await proxy.close();
    return { killed: signal === 'SIGKILL', requests: proxy.requests };
  }

  it('ends in the same release, the same rows and the same warnings', { timeout: 1_800_000 }, async () => {
    const undisturbed = await newPlace('undisturbed');
    const { killed, requests } = await runUntil(0, undisturbed.place);
    expect(killed).toBe(false);
    const expected = await outcomeOf('undisturbed', undisturbed.queueUrl);
    expect(expected.seen.release).toMatch(/^[0-9a-f]{32}$/);
    expect(expected.seen.staged).toHaveLength(59);
    expect(expected.seen.recorded.length).toBeGreaterThan(3);
    expect(expected.seen.told).toEqual(expected.seen.recorded);
    expect(requests.filter((request) => /^(PUT|POST) /.test(request)).length).toBeGreaterThan(20);

    async function dieAndResume(at: number): Promise<void> {
      const name = `killed-at-${at}`;
      const { place, queueUrl } = await newPlace(name);
      expect((await runUntil(at, place)).killed, requests[at - 1]).toBe(true);
      await wholeRun({ ...place, localFolder: placeAt(name).localFolder });
      const found = await outcomeOf(name, queueUrl);
      expect({ at: requests[at - 1], ...found.seen }).toEqual({ at: requests[at - 1], ...expected.seen });
      // A message whose sending was not recorded any more is sent once more; its id is the same.
      expect(found.repeats, requests[at - 1]).toBeLessThanOrEqual(1);
    }

    // Between two calls nothing changes that lasts: dying before each call is dying anywhere.
    const calls = requests.map((_, index) => index + 1);
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let at = calls.shift(); at !== undefined; at = calls.shift()) await dieAndResume(at);
      }),
    );
    console.log(`killed at each of ${requests.length} calls: the same release every time`);
  });
});

/** The rows behind the receipts that count, whatever attempt wrote them. */
async function stagedRows(lake: Lake): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const { key } of lake.list('receipts/')) {
    if (!/^receipts\/[^/]+\/[^/]+\/\d+\.json$/.test(key)) continue;
    const receipt = JSON.parse(new TextDecoder().decode(await lake.read(key))) as Receipt;
    for (const { key: part } of receipt.staged) {
      const file = await lake.localPath(part);
      rows.push(...(await query(`select * from read_parquet(${quotedString(file)}) order by _line`)));
    }
  }
  return rows;
}
