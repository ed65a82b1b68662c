import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { query } from './athena-client.ts';

export interface UnloadTarget {
  readonly bucket: string;
  readonly prefix: string;
  /** Local folder into which the files go. */
  readonly folder: string;
}

/** Has Athena write the rows of a select as Parquet files, and fetches them. */
export async function unload(
  { athena, s3 }: { readonly athena: AthenaClient; readonly s3: S3Client },
  { select, database }: { readonly select: string; readonly database: string },
  { bucket, prefix, folder }: UnloadTarget,
): Promise<void> {
  await query(athena, `unload (${select}) to 's3://${bucket}/${prefix}' with (format = 'PARQUET')`, database);
  mkdirSync(folder);
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const [at, { Key = '', Size = 0 }] of Contents.entries()) {
      if (Size === 0) continue;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      writeFileSync(join(folder, `${at}.parquet`), (await Body?.transformToByteArray()) ?? '');
    }
  }
}
