import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { acknowledgeWildcards } from './acknowledge.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { LakePrefix } from './lake-prefixes.ts';

export interface LakeAccess {
  readonly read: readonly LakePrefix[];
  readonly write?: readonly LakePrefix[];
  readonly remove?: readonly LakePrefix[];
  /** Whether what it reads or writes is encrypted as personal data. */
  readonly personal?: boolean;
}

/** The object on which a store proves at start that it keeps conditional writes; see `S3ConditionalWrites`. */
const proofObject = '.lake.json';

/** Lets a function at some prefixes of the lake, with just the actions that its step needs. */
export function allowLake(lambda: LambdaFunction, lake: LakeBucket, access: LakeAccess): void {
  const { bucket } = lake;
  const at = (prefixes: readonly string[]) => prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`));
  const allow = (actions: string[], resources: string[], conditions?: Record<string, unknown>) =>
    lambda.addToRolePolicy(new PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));

  const write = access.write ?? [];
  const remove = access.remove ?? [];
  const listed = [...new Set([...access.read, ...write])];
  // IfExists: a read of a missing object is answered with 404 only to those who may list, and it names no prefix.
  allow(['s3:ListBucket'], [bucket.bucketArn], {
    StringLikeIfExists: { 's3:prefix': listed.map((prefix) => `${prefix}*`) },
  });
  allow(['s3:GetObject'], [...at(access.read), bucket.arnForObjects(proofObject)]);
  if (write.length > 0)
    allow(['s3:PutObject', 's3:AbortMultipartUpload'], [...at(write), bucket.arnForObjects(proofObject)]);
  if (remove.length > 0) allow(['s3:DeleteObject'], at(remove));
  const keyActions = write.length > 0 ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt'];
  const keys = access.personal ? [lake.sharedKey, lake.personalKey] : [lake.sharedKey];
  allow(
    keyActions,
    keys.map((key) => key.keyArn),
  );

  const prefixes = [...new Set([...access.read, ...write, ...remove])];
  acknowledgeWildcards(
    lambda.role ?? lambda,
    at(prefixes),
    'Keys below this prefix are made at run time; the prefix is the boundary.',
  );
}
