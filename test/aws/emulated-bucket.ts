import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createS3Lake, type S3LakeOptions } from '../../pipelines/lake/s3-lake.ts';
import { startMinistack } from './ministack.ts';

export const bytes = (words: string) => new TextEncoder().encode(words);
export const text = (body: Uint8Array | undefined) => (body ? new TextDecoder().decode(body) : undefined);

export const emulatedBucket = 'lake-under-test';

/** An emulator with one versioned bucket. */
export interface EmulatedBucket {
  readonly url: string;
  readonly client: S3Client;
  /** Where local copies of its lakes lie. */
  readonly local: string;
  /** A lake below a prefix of its own. */
  newLake(changes?: Partial<S3LakeOptions>, through?: S3Client): Lake;
  remove(): Promise<void>;
}

export async function startBucket(): Promise<EmulatedBucket> {
  const aws = await startMinistack();
  const client = clientOf(aws.url);
  const local = mkdtempSync(join(tmpdir(), 's3-lake-'));
  await client.send(new CreateBucketCommand({ Bucket: emulatedBucket }));
  const versioning = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: emulatedBucket, VersioningConfiguration: versioning }));
  return {
    ...{ url: aws.url, client, local },
    newLake(changes = {}, through = client) {
      const options = {
        ...{ bucket: emulatedBucket, prefix: `${randomUUID()}/`, localFolder: join(local, randomUUID()) },
        ...{ localLimitBytes: 1e9, now: () => new Date() },
      };
      return createS3Lake({ ...options, ...changes }, through);
    },
    async remove() {
      client.destroy();
      rmSync(local, { recursive: true });
      await aws.stop();
    },
  };
}

export function clientOf(endpoint: string, maxAttempts = 3): S3Client {
  return new S3Client({
    endpoint,
    forcePathStyle: true,
    region: 'us-east-1',
    maxAttempts,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

export async function keysOf(lake: Lake, prefix: string): Promise<string[]> {
  const keys = [];
  for await (const { key } of lake.list(prefix)) keys.push(key);
  return keys;
}
