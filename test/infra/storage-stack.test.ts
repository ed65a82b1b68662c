import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { makeStacks, resourcesOf, templateOf } from './synthesize.ts';

const template = templateOf(makeStacks('prod').storage);

describe('storage stack', () => {
  it('keeps old versions of the lake, under its own key, and announces new objects', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
    });
  });

  it('tells who writes from a terminal which key is for what', () => {
    const [, lake] = resourcesOf(template, 'AWS::S3::Bucket').find(([id]) => id.startsWith('LakeBucket')) ?? [];
    expect(lake.Properties.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'tidemark:shared-key', Value: { 'Fn::GetAtt': [expect.stringMatching(/SharedKey/), 'Arn'] } },
        { Key: 'tidemark:personal-prefixes', Value: expect.stringMatching(/^landing\/ raw\/ quarantine\/ staged\//) },
      ]),
    );
  });

  it('lets no bucket be public', () => {
    const buckets = resourcesOf(template, 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(4);
    for (const [, bucket] of buckets) {
      expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
    }
  });

  it('refuses plain HTTP and old TLS on every bucket', () => {
    const policies = resourcesOf(template, 'AWS::S3::BucketPolicy');
    expect(policies).toHaveLength(4);
    for (const [, policy] of policies) {
      const text = JSON.stringify(policy.Properties.PolicyDocument.Statement);
      expect(text).toContain('"aws:SecureTransport":"false"');
      expect(text).toContain('"s3:TlsVersion":1.2');
    }
  });

  it.each([
    ['landing/', { ExpirationInDays: 30 }],
    ['build/', { ExpirationInDays: 2 }],
    ['quarantine/', { ExpirationInDays: 180 }],
    ['raw/', { Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }] }],
  ])('applies the retention rule of %s', (prefix, rule) => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: prefix, ...rule })]) },
    });
  });

  it('keeps raw exports for ever unless the environment says otherwise', () => {
    const limited = makeStacks('prod', {
      retention: {
        landingDays: 1,
        rawToColdStorageDays: 30,
        rawDays: 400,
        quarantineDays: 1,
        oldVersionsDays: 1,
        queryResultsDays: 1,
        logDays: 30,
      },
    });
    const rules = (from: typeof template) =>
      resourcesOf(from, 'AWS::S3::Bucket').flatMap(
        ([, bucket]) => bucket.Properties.LifecycleConfiguration?.Rules ?? [],
      );
    const raw = (from: typeof template) => rules(from).find((rule) => rule.Prefix === 'raw/');
    expect(raw(template).ExpirationInDays).toBeUndefined();
    expect(raw(templateOf(limited.storage)).ExpirationInDays).toBe(400);
  });

  it('rotates every key and keeps keys, buckets and secrets when production is destroyed', () => {
    for (const [, key] of resourcesOf(template, 'AWS::KMS::Key')) expect(key.Properties.EnableKeyRotation).toBe(true);
    for (const type of ['AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret']) {
      for (const [id, resource] of resourcesOf(template, type))
        expect([id, resource.DeletionPolicy]).toEqual([id, 'Retain']);
    }
  });

  it('limits what a query may scan and encrypts its result', () => {
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 200_000_000_000,
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
      },
    });
  });

  it('makes two Glue databases but nothing in them, which a deploy would reset', () => {
    template.resourceCountIs('AWS::Glue::Database', 2);
    template.resourceCountIs('AWS::Glue::Table', 0);
    template.resourceCountIs('AWS::Glue::Partition', 0);
  });

  it('lets CloudFront of this account read the report bucket and no other', () => {
    const opened = resourcesOf(template, 'AWS::S3::BucketPolicy').filter(([, policy]) =>
      JSON.stringify(policy).includes('cloudfront.amazonaws.com'),
    );
    expect(opened.map(([, policy]) => policy.Properties.Bucket.Ref)).toEqual([expect.stringMatching(/^Report/)]);
    const statement = opened[0]?.[1].Properties.PolicyDocument.Statement.find(
      (one: { Principal: { Service?: string } }) => one.Principal.Service === 'cloudfront.amazonaws.com',
    );
    expect(statement.Action).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(statement.Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  });
});
