import { GetBucketTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ObjectEncryption } from './s3-conditional-writes.ts';

/** Tags by which a bucket says how its objects are encrypted. The storage stack sets them; prefixes stand between blanks. */
const tags = { sharedKey: 'tidemark:shared-key', personalPrefixes: 'tidemark:personal-prefixes' } as const;

/**
 * The encryption that a bucket asks for. Who writes to it from a terminal need not know its keys, and cannot write what
 * the functions could not read. Undefined for a bucket that says nothing, or nothing to us.
 */
export async function readEncryption(client: S3Client, bucket: string): Promise<ObjectEncryption | undefined> {
  const found = await client.send(new GetBucketTaggingCommand({ Bucket: bucket })).catch(() => undefined);
  const values = new Map(found?.TagSet?.map(({ Key, Value }) => [Key, Value]));
  const sharedKey = values.get(tags.sharedKey);
  const prefixes = values.get(tags.personalPrefixes);
  if (sharedKey === undefined || prefixes === undefined) return undefined;
  return { sharedKey, personalPrefixes: prefixes.split(' ').filter(Boolean) };
}
