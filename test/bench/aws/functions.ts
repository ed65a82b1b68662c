import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { buildBundle } from '../../../infra/bundling/build-bundle.ts';
import { startMinistack } from '../../aws/ministack.ts';
import { type StoreProxy, startProxy } from '../../aws/store-proxy.ts';
import { bytesBelow } from '../../fixtures/bytes-below.ts';
import { dayNumber, ordersOf } from './cancelled-orders.ts';
import { type Answer, startFunction } from './runtime-api.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const [lake, report] = ['lake-of-the-bench', 'report-of-the-bench'];

/** The functions of one run, in its order. */
const steps = [
  { name: 'ingest-exports', contents: 'engine', memoryMb: 1769 },
  { name: 'build-models', contents: 'engine', memoryMb: 3538 },
  { name: 'evaluate-thresholds', contents: 'engine', memoryMb: 3538 },
  { name: 'deliver-warnings', contents: 'catalog', memoryMb: 512 },
  { name: 'refresh-report', contents: 'engine', memoryMb: 3538 },
] as const;

export interface FunctionFigure {
  readonly name: string;
  readonly megabytes: number;
  /** From process start until it asks for its first event. */
  readonly readySeconds: number;
  /** From process start to the first answer: for a function with an engine, its first queries are in it. */
  readonly firstAnswerSeconds: number;
  /** The same for the next file, on the process that is there already. */
  readonly warmSeconds: number;
  readonly warmCpuSeconds: number;
  /** Requests to S3 of the warm call, as S3 prices them. */
  readonly requests: Readonly<Record<'reads' | 'writes' | 'lists', number>>;
}

/** Each real bundle in a process of its own: a first file from a cold start, then days of the same size, warm. */
export async function benchFunctions(rows: number, repeats: number): Promise<FunctionFigure[]> {
  const aws = await startMinistack();
  const work = mkdtempSync(join(tmpdir(), 'tidemark-bench-aws-'));
  const proxy = await startProxy(aws.url);
  try {
    Object.assign(process.env, aws.environment);
    const settings = await makeResources();
    const environment = { ...aws.environment, ...settings, AWS_ENDPOINT_URL: proxy.url, HOME: work, TMPDIR: work };
    const cold = await runSteps({ rows, repeats, work, environment, requests: proxy });
    return cold;
  } finally {
    await proxy.close();
    await aws.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

async function makeResources(): Promise<Record<string, string>> {
  const s3 = new S3Client({ forcePathStyle: true });
  for (const bucket of [lake, report]) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const key = JSON.stringify({ version: 1, secret: '07'.repeat(32) });
  await new SecretsManagerClient().send(new CreateSecretCommand({ Name: 'bench-key', SecretString: key }));
  const { TopicArn = '' } = await new SNSClient().send(new CreateTopicCommand({ Name: 'bench' }));
  return {
    TIDEMARK_LAKE: `s3://${lake}`,
    TIDEMARK_SHARED_KEY: 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555',
    TIDEMARK_PERSONAL_PREFIXES: 'landing/,raw/,quarantine/',
    TIDEMARK_LANGUAGE: 'en',
    TIDEMARK_REPORTING_CURRENCY: 'USD',
    TIDEMARK_PSEUDONYM_KEY_SECRET: 'bench-key',
    TIDEMARK_REPORT: `s3://${report}`,
    TIDEMARK_TOPIC_APPROACHING: TopicArn,
    TIDEMARK_TOPIC_WARNING: TopicArn,
    TIDEMARK_TOPIC_CRITICAL: TopicArn,
  };
}

interface StepsInput {
  readonly rows: number;
  readonly repeats: number;
  readonly work: string;
  readonly environment: Record<string, string>;
  readonly requests: Pick<StoreProxy, 'requests' | 'reset'>;
}

async function runSteps({ rows, repeats, work, environment, requests }: StepsInput): Promise<FunctionFigure[]> {
  const s3 = new S3Client({ forcePathStyle: true });
  const running = await startAll(work, environment, async () => await drop(s3, 0, rows));
  const warm = new Map(steps.map(({ name }) => [name, [] as (Answer & { requests: FunctionFigure['requests'] })[]]));
  for (let number = 1; number <= repeats; number++) {
    const key = await drop(s3, number, rows);
    for (const { name, process } of running) {
      requests.reset();
      const answer = await process.invoke({ key });
      warm.get(name)?.push({ ...answer, requests: countOf(requests.requests) });
    }
  }
  for (const { process } of running) await process.stop();
  return running.map(({ name, megabytes, readySeconds, firstAnswerSeconds }) => {
    const sorted = (warm.get(name) ?? []).toSorted((a, b) => a.cpuSeconds - b.cpuSeconds);
    const middle = sorted[Math.floor(sorted.length / 2)];
    const none = { reads: 0, writes: 0, lists: 0 };
    return {
      ...{ name, megabytes, readySeconds, firstAnswerSeconds },
      ...{ warmSeconds: middle?.seconds ?? Number.NaN, warmCpuSeconds: middle?.cpuSeconds ?? Number.NaN },
      requests: middle?.requests ?? none,
    };
  });
}

/** Starts each function when the step before has answered: a first event meets a cold process. */
async function startAll(work: string, environment: Record<string, string>, first: () => Promise<string>) {
  const key = await first();
  const running = [];
  for (const { name, contents, memoryMb } of steps) {
    const built = buildBundle({
      root,
      entry: join(root, 'functions', `${name}.ts`),
      name,
      architecture: 'x86_64',
      contents,
    });
    // Away from the repository, so that nothing is found which the bundle does not hold.
    const folder = join(work, name);
    cpSync(built, folder, { recursive: true });
    const process = await startFunction(folder, { ...environment, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) });
    await process.invoke({ key });
    running.push({
      ...{ name, process, megabytes: bytesBelow(folder) / 1e6 },
      ...{ readySeconds: process.readyMilliseconds / 1000, firstAnswerSeconds: process.age() / 1000 },
    });
  }
  return running;
}

async function drop(s3: S3Client, number: number, rows: number): Promise<string> {
  const key = `landing/woocommerce_orders/day-${number}.csv`;
  const body = ordersOf(dayNumber(number), { rows, isBad: number % 2 === 1, edition: 0 });
  await s3.send(new PutObjectCommand({ Bucket: lake, Key: key, Body: body }));
  return key;
}

/** Requests to other services go to the root of the emulator. */
function countOf(requests: readonly string[]): FunctionFigure['requests'] {
  const toBuckets = requests.filter((request) => request.includes(` /${lake}`) || request.includes(` /${report}`));
  const lists = toBuckets.filter((request) => request.includes('list-type=2')).length;
  const writes = toBuckets.filter((request) => /^(PUT|POST) /.test(request)).length;
  return { reads: toBuckets.length - lists - writes, writes, lists };
}
