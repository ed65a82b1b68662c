import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { GetObjectCommand, PutBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { compose, type Tidemark } from '../../pipelines/compose.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import { type Deployment, deployAll } from './deployment.ts';
import { receiveAll } from './receive-all.ts';

const secret = createHash('sha256').update('a key for tests').digest('hex');
/** How long a drop may take to come to rest; a machine that does other things takes several times what a quiet one does. */
const settlingMilliseconds = 480_000;

/** A file on disk, or its bytes with a name. */
export type Dropped = string | { readonly name: string; readonly body: Uint8Array };

/** The deployed stacks, as somebody sees them who drops files and reads what comes of them; and a laptop beside them. */
export class DeployedPipeline {
  readonly deployment: Deployment;
  readonly s3: S3Client;
  readonly #sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  readonly #sfn = new SFNClient();
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-aws-'));
  /** The lake of the deployment, read from outside. */
  readonly cloud: Tidemark;
  /** Another lake, with the same key of the pseudonyms. */
  readonly laptop: Tidemark;

  private constructor(deployment: Deployment) {
    this.deployment = deployment;
    this.s3 = new S3Client({ forcePathStyle: true });
    this.cloud = this.#open(`s3://${this.lakeBucket}`);
    this.laptop = this.#open(join(this.folder, 'lake'));
  }

  static async deploy(): Promise<DeployedPipeline> {
    const deployment = await deployAll();
    Object.assign(process.env, deployment.aws.environment);
    const pipeline = new DeployedPipeline(deployment);
    const SecretId = deployment.output('storage', 'PseudonymKeySecret');
    const SecretString = JSON.stringify({ version: 1, secret });
    await new SecretsManagerClient().send(new PutSecretValueCommand({ SecretId, SecretString }));
    return pipeline;
  }

  async remove(): Promise<void> {
    await this.deployment.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get lakeBucket(): string {
    return this.deployment.output('storage', 'LakeBucketName');
  }

  /** Drops files all at once, each below a folder with the name of its own. */
  async drop(files: readonly Dropped[], prefix = 'landing'): Promise<void> {
    const puts = files.map((file) => {
      const key = typeof file === 'string' ? `${basename(join(file, '..'))}/${basename(file)}` : file.name;
      return this.s3.send(
        new PutObjectCommand({ Bucket: this.lakeBucket, Key: `${prefix}/${key}`, Body: bodyOf(file) }),
      );
    });
    await Promise.all(puts);
  }

  async readJson<T>(key: string, bucket = this.lakeBucket): Promise<T | undefined> {
    try {
      const found = await this.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return JSON.parse((await found.Body?.transformToString()) ?? '') as T;
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  receiptOf(file: Dropped): Promise<Receipt | undefined> {
    return this.readJson<Receipt>(`receipts/${createHash('sha256').update(bodyOf(file)).digest('hex')}.json`);
  }

  /** Waits until every file has a receipt and no run goes on. */
  async settled(files: readonly Dropped[]): Promise<Receipt[]> {
    const deadline = Date.now() + settlingMilliseconds;
    for (let quiet = 0; quiet < 3; ) {
      await pause(1000);
      const receipts = await Promise.all(files.map((file) => this.receiptOf(file)));
      const runs = (await this.executions()).filter(({ status }) => status === 'RUNNING').length;
      const missing = receipts.filter((receipt) => receipt === undefined).length;
      if (Date.now() > deadline) {
        const log = this.deployment.aws.log().slice(-4000);
        throw new Error(`${missing} of ${receipts.length} files have no receipt, ${runs} runs go on:\n${log}`);
      }
      quiet = missing === 0 && runs === 0 ? quiet + 1 : 0;
    }
    return (await Promise.all(files.map((file) => this.receiptOf(file)))) as Receipt[];
  }

  async executions() {
    const request = { stateMachineArn: this.deployment.output('pipeline', 'RunMachineArn'), maxResults: 1000 };
    return (await this.#sfn.send(new ListExecutionsCommand(request))).executions ?? [];
  }

  /** Reads everything below a prefix of the lake, as an operator starts it. */
  async backfill(prefix: string): Promise<void> {
    const stateMachineArn = this.deployment.output('pipeline', 'RunMachineArn');
    const input = JSON.stringify({ backfill: { prefix } });
    await this.#sfn.send(new StartExecutionCommand({ stateMachineArn, input }));
  }

  async deadLetters(): Promise<{ detail: { object: { key: string } }; outcome: { status: string } }[]> {
    const letters = await receiveAll(this.#sqs, this.deployment.output('pipeline', 'DeadLettersUrl'));
    return letters.map(({ body }) => JSON.parse(body));
  }

  async warningsFor(inbox: 'Programs' | 'SalesDesk'): Promise<Warning[]> {
    const messages = await receiveAll(this.#sqs, this.deployment.output('pipeline', `Warnings${inbox}InboxUrl`));
    return messages.map(({ body }) => JSON.parse(body) as Warning);
  }

  /** Calls a function that an output of the pipeline names. The emulator reads service and region from the credential. */
  async invoke(output: string): Promise<void> {
    const { aws } = this.deployment;
    const name = this.deployment.output('pipeline', output);
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none';
    const url = `${aws.url}/2015-03-31/functions/${name}/invocations`;
    const answer = await fetch(url, { method: 'POST', body: '{}', headers: { authorization } });
    const failed = answer.headers.get('x-amz-function-error');
    if (!answer.ok || failed !== null) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }

  /** A terminal that opens the lake anew. The emulator's CloudFormation leaves a bucket's tags out; test/infra sees them. */
  async terminal(): Promise<Tidemark> {
    const TagSet = [
      { Key: 'tidemark:shared-key', Value: this.deployment.output('storage', 'SharedKeyArn') },
      { Key: 'tidemark:personal-prefixes', Value: 'landing/ raw/ quarantine/ staged/reviews/' },
    ];
    await this.s3.send(new PutBucketTaggingCommand({ Bucket: this.lakeBucket, Tagging: { TagSet } }));
    return this.#open(`s3://${this.lakeBucket}`);
  }

  /** Kills the processes of a function. Returns how many there were. */
  async kill(functionName: string): Promise<number> {
    const processes = await this.deployment.aws.functionProcesses(functionName);
    for (const id of processes) process.kill(id, 'SIGKILL');
    return processes.length;
  }

  #open(lake: string): Tidemark {
    return compose({
      ...{ lake, catalogs: [], engine: 'duckdb', language: 'zh', reportingCurrency: 'CNY', now: () => new Date() },
      pseudonymKey: { version: 1, secret: Buffer.from(secret, 'hex') },
    });
  }
}

export async function releaseOf(tidemark: Tidemark): Promise<Release> {
  const session = await tidemark.openRelease();
  await session.close();
  return session.release;
}

/** What a mart is made of; equal rows have equal ids, wherever they were built. */
export function idsOf(release: Release, mart: string): string[] {
  return (release.parts[mart] ?? []).map(({ month, id }) => `${month} ${id}`).toSorted();
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function bodyOf(file: Dropped): Uint8Array {
  return typeof file === 'string' ? readFileSync(file) : file.body;
}
