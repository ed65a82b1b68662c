import { CfnOutput, Duration, RemovalPolicy, SecretValue, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { OriginAccessIdentity } from 'aws-cdk-lib/aws-cloudfront';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret, type SecretProps } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { LakeBucket } from '../constructs/lake-bucket.ts';
import { type Environment, isInChina } from '../environments.ts';

/** `{"version": 1, "secret": "<64 characters>"}`: more than 256 bits, made by Secrets Manager and seen by nobody. */
const keyOfVersion1 = {
  secretStringTemplate: '{"version":1}',
  generateStringKey: 'secret',
  passwordLength: 64,
  excludePunctuation: true,
};

export interface StorageStackProps extends StackProps {
  readonly environment: Environment;
  /** Prefixes of the lake that are encrypted as personal data. */
  readonly personalPrefixes: readonly string[];
}

/** What must outlive a deploy: the lake, the published report data, the secrets, the query workgroup. */
export class StorageStack extends Stack {
  readonly lake: LakeBucket;
  readonly reportBucket: IBucket;
  /** Who reads the report bucket for CloudFront where it has no origin access controls; elsewhere the service itself. */
  readonly reportReader: OriginAccessIdentity | undefined;
  readonly queryResults: IBucket;
  readonly pseudonymKey: Secret;
  readonly robots: Secret;
  readonly workgroup: CfnWorkGroup;
  /** For builds, whose statements may scan more than a person's query. */
  readonly buildWorkgroup: CfnWorkGroup;
  /** Glue database of the public marts. The product makes and switches what is in it, never this template. */
  readonly martsDatabase: string;
  /** Glue database of what builds read beside the marts: staged and settled rows, drafts. */
  readonly buildDatabase: string;
  readonly #removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: StorageStackProps) {
    const { environment, personalPrefixes } = props;
    super(scope, id, { ...props, terminationProtection: environment.onDestroy === 'keep' });
    this.#removalPolicy = environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const accessLogs = this.#bucket('AccessLogs', { expireAfterDays: environment.retention.logDays });
    this.lake = new LakeBucket(this, 'Lake', { environment, accessLogs, personalPrefixes });
    this.reportBucket = this.#bucket('Report', { accessLogs, versioned: true });
    this.reportReader = this.#letCloudFrontRead(environment);
    this.queryResults = this.#bucket('QueryResults', {
      accessLogs,
      expireAfterDays: environment.retention.queryResultsDays,
    });
    this.pseudonymKey = this.#secret('PseudonymKey', {
      description: 'Key of the pseudonyms that stand for persons; losing it unjoins history',
      generateSecretString: keyOfVersion1,
    });
    this.robots = this.#secret('Robots', {
      description: 'Group robots that hear warnings, as JSON; filled in by an operator',
      secretStringValue: SecretValue.unsafePlainText('{"robots":[]}'),
    });
    const name = `tidemark_${environment.name}`;
    this.martsDatabase = this.#database(
      'Marts',
      name,
      'Marts of the current release; written by tidemark, read by analysts',
    );
    this.buildDatabase = this.#database(
      'Build',
      `${name}_build`,
      'What builds read beside the marts; for tidemark alone',
    );
    const { bytesScannedPerQuery, bytesScannedPerBuildStatement } = environment.athena;
    this.workgroup = this.#workgroup('Workgroup', environment, {
      name: `tidemark-${environment.name}`,
      description: 'Queries on the marts, with a limit on what one query may scan',
      bytes: bytesScannedPerQuery,
    });
    this.buildWorkgroup = this.#workgroup('BuildWorkgroup', environment, {
      name: `tidemark-${environment.name}-build`,
      description: 'Statements of builds, with a limit on what one may scan',
      bytes: bytesScannedPerBuildStatement,
    });
    new CfnOutput(this, 'LakeBucketName', { value: this.lake.bucket.bucketName });
    new CfnOutput(this, 'SharedKeyArn', { value: this.lake.sharedKey.keyArn });
    new CfnOutput(this, 'PseudonymKeySecret', { value: this.pseudonymKey.secretArn });
    new CfnOutput(this, 'ReportBucketName', { value: this.reportBucket.bucketName });
  }

  #bucket(id: string, options: { accessLogs?: IBucket; versioned?: boolean; expireAfterDays?: number }): IBucket {
    return new Bucket(this, id, {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: options.versioned ?? false,
      removalPolicy: this.#removalPolicy,
      ...(options.accessLogs && {
        serverAccessLogsBucket: options.accessLogs,
        serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      }),
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(3),
          ...(options.versioned && { noncurrentVersionExpiration: Duration.days(7) }),
          ...(options.expireAfterDays && { expiration: Duration.days(options.expireAfterDays) }),
        },
      ],
    }) as IBucket;
  }

  /** By account rather than by distribution: the distribution is another stack's, and storage must not depend on it. */
  #letCloudFrontRead(environment: Environment): OriginAccessIdentity | undefined {
    const bucket = this.reportBucket;
    if (isInChina(environment)) {
      const reader = new OriginAccessIdentity(this, 'ReportReader', { comment: `Tidemark ${environment.name} report` });
      bucket.addToResourcePolicy(
        new PolicyStatement({
          principals: [reader.grantPrincipal],
          ...readAndTellWhatIsMissing(bucket),
        }),
      );
      return reader;
    }
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        ...readAndTellWhatIsMissing(bucket),
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          ArnLike: {
            'aws:SourceArn': this.formatArn({ service: 'cloudfront', region: '', resource: 'distribution/*' }),
          },
        },
      }),
    );
    return undefined;
  }

  #secret(id: string, content: SecretProps): Secret {
    const secret = new Secret(this, id, { ...content, removalPolicy: this.#removalPolicy });
    acknowledge(
      secret,
      ['AwsSolutions-SMG4'],
      'Changed by hand, see the runbook: a pseudonym key changed by a timer would unjoin every customer, and only their platforms can change robot addresses.',
    );
    return secret;
  }

  #database(id: string, name: string, description: string): string {
    new CfnDatabase(this, id, { catalogId: this.account, databaseInput: { name, description } });
    return name;
  }

  #workgroup(
    id: string,
    environment: Environment,
    { name, description, bytes }: { readonly name: string; readonly description: string; readonly bytes: number },
  ): CfnWorkGroup {
    return new CfnWorkGroup(this, id, {
      name,
      description,
      recursiveDeleteOption: environment.onDestroy === 'delete',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: bytes,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${this.queryResults.bucketName}/results/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: this.lake.sharedKey.keyArn },
        },
      },
    });
  }
}

/** Only who may list a bucket is told that an object is missing, and for missing pages the site's shell is served. */
function readAndTellWhatIsMissing(bucket: IBucket): { actions: string[]; resources: string[] } {
  return { actions: ['s3:GetObject', 's3:ListBucket'], resources: [bucket.bucketArn, bucket.arnForObjects('*')] };
}
