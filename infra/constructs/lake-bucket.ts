import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Environment } from '../environments.ts';

export interface LakeBucketProps {
  readonly environment: Environment;
  readonly accessLogs: IBucket;
  /** Prefixes that are encrypted as personal data. */
  readonly personalPrefixes: readonly string[];
}

/**
 * The lake: one bucket, two keys. Whatever nobody decided about is encrypted as personal data, by the bucket's default;
 * writers name the shared key for rows that hold pseudonyms only.
 */
export class LakeBucket extends Construct {
  readonly bucket: IBucket;
  /** Opens raw files, quarantined text and free text. */
  readonly personalKey: Key;
  /** Opens staged rows, marts, releases and alerts. */
  readonly sharedKey: Key;

  constructor(scope: Construct, id: string, { environment, accessLogs, personalPrefixes }: LakeBucketProps) {
    super(scope, id);
    const removalPolicy = environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const key = (name: string, description: string) =>
      new Key(this, name, { description, enableKeyRotation: true, removalPolicy });
    this.personalKey = key('PersonalKey', 'Tidemark: exports as delivered, quarantined records, free text');
    this.sharedKey = key('SharedKey', 'Tidemark: rows without persons, marts, releases, alerts');
    this.bucket = new Bucket(this, 'Bucket', {
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.personalKey,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'lake/',
      lifecycleRules: lifecycleRules(environment.retention),
      removalPolicy,
    }) as IBucket;
    // Who writes from a terminal reads here which key is for what; see `readEncryption`.
    Tags.of(this.bucket).add('tidemark:shared-key', this.sharedKey.keyArn);
    Tags.of(this.bucket).add('tidemark:personal-prefixes', personalPrefixes.join(' '));
    // The property itself: CDK's own switch for it deploys a function, in Python, to call the API.
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  }
}

function lifecycleRules(retention: Environment['retention']) {
  const days = Duration.days;
  return [
    { id: 'abandoned-uploads', abortIncompleteMultipartUploadAfter: days(3) },
    {
      id: 'old-versions',
      noncurrentVersionExpiration: days(retention.oldVersionsDays),
      expiredObjectDeleteMarker: true,
    },
    // Ingest keeps its own copy of the bytes under raw/.
    { id: 'landing', prefix: 'landing/', expiration: days(retention.landingDays) },
    // Drafts have been given their place by the time their build ends; a build takes minutes.
    { id: 'drafts', prefix: 'build/', expiration: days(2) },
    { id: 'quarantine', prefix: 'quarantine/', expiration: days(retention.quarantineDays) },
    {
      id: 'raw',
      prefix: 'raw/',
      transitions: [
        { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: days(retention.rawToColdStorageDays) },
      ],
      ...(retention.rawDays === undefined ? {} : { expiration: days(retention.rawDays) }),
    },
  ];
}
