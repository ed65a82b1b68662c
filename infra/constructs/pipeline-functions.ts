import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import type { StorageStack } from '../stacks/storage-stack.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { allowAthena, allowTables } from './athena-access.ts';
import { allowLake } from './lake-access.ts';
import { type BundleFunction, PipelineFunction, type PipelineFunctionProps } from './pipeline-function.ts';
import { severities, type WarningTopics } from './warning-topics.ts';

export interface PipelineFunctionsProps {
  readonly environment: Environment;
  readonly storage: StorageStack;
  readonly bundle: BundleFunction;
  /** Prefixes of the lake that are encrypted as personal data. */
  readonly personalPrefixes: readonly string[];
}

/** The functions of the pipeline, each with its own role: what a role may touch can be read here, in one place. */
export class PipelineFunctions extends Construct {
  readonly start: PipelineFunction;
  readonly ingest: PipelineFunction;
  readonly build: PipelineFunction;
  readonly evaluate: PipelineFunction;
  readonly deliver: PipelineFunction;
  readonly refresh: PipelineFunction;
  readonly forward: PipelineFunction;
  readonly #props: PipelineFunctionsProps;

  constructor(scope: Construct, id: string, props: PipelineFunctionsProps) {
    super(scope, id);
    this.#props = props;
    this.start = this.#function('Start', { name: 'start-run' });
    this.ingest = this.#ingest();
    this.build = this.#build();
    this.evaluate = this.#evaluate();
    this.deliver = this.#deliver();
    this.refresh = this.#refresh();
    this.forward = this.#forward();
  }

  /** Topics come after the functions, because one of the functions is subscribed to them. */
  publishTo(warnings: WarningTopics): void {
    // SNS counts a warning as delivered once Lambda has it: what the function itself cannot hand on must be kept here.
    this.forward.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(warnings.undelivered),
    });
    const arns = severities.map((severity) => warnings.topics[severity].topicArn);
    this.deliver.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: arns }));
    this.deliver.addToRolePolicy(
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [warnings.key.keyArn] }),
    );
    for (const severity of severities) {
      this.deliver.addEnvironment(`TIDEMARK_TOPIC_${severity.toUpperCase()}`, warnings.topics[severity].topicArn);
    }
  }

  #ingest(): PipelineFunction {
    const { environment, storage } = this.#props;
    const ingest = this.#function('Ingest', {
      name: 'ingest-exports',
      contents: 'engine',
      ...sizeOf(environment.ingest),
      variables: { TIDEMARK_PSEUDONYM_KEY_SECRET: storage.pseudonymKey.secretArn },
    });
    allowLake(ingest, storage.lake, {
      read: ['landing/', 'raw/', 'staged/', 'receipts/', 'quarantine/', 'erasures/'],
      write: ['raw/', 'staged/', 'receipts/', 'quarantine/', 'erasures/'],
      personal: true,
    });
    ingest.addToRolePolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [storage.pseudonymKey.secretArn] }),
    );
    return ingest;
  }

  #build(): PipelineFunction {
    const { environment, storage } = this.#props;
    const build = this.#function('Build', {
      name: 'build-models',
      contents: 'engine',
      single: true,
      ...sizeOf(environment.build),
      variables: this.#athenaVariables(),
    });
    allowAthena(build, storage);
    allowTables(build, storage);
    // Staged rows of reviews are personal data; the models that read them keep ratings only.
    allowLake(build, storage.lake, {
      read: ['staged/', 'receipts/', 'marts/', 'releases/', 'settled/', 'build/'],
      write: ['marts/', 'releases/', 'settled/', 'build/'],
      personal: true,
    });
    return build;
  }

  #evaluate(): PipelineFunction {
    const { environment, storage } = this.#props;
    const evaluate = this.#function('Evaluate', {
      name: 'evaluate-thresholds',
      contents: 'engine',
      single: true,
      ...sizeOf(environment.build),
      variables: this.#athenaVariables(),
    });
    allowAthena(evaluate, storage);
    allowLake(evaluate, storage.lake, { read: ['marts/', 'releases/', 'receipts/', 'alerts/'], write: ['alerts/'] });
    return evaluate;
  }

  #deliver(): PipelineFunction {
    const deliver = this.#function('Deliver', {
      name: 'deliver-warnings',
      contents: 'catalog',
      timeout: Duration.minutes(5),
      single: true,
    });
    allowLake(deliver, this.#props.storage.lake, { read: ['alerts/'], write: ['alerts/'] });
    return deliver;
  }

  #refresh(): PipelineFunction {
    const { environment, storage } = this.#props;
    const { reportBucket } = storage;
    const refresh = this.#function('Refresh', {
      name: 'refresh-report',
      contents: 'engine',
      // Two at once could put the older release behind the pages last.
      single: true,
      ...sizeOf(environment.build),
      variables: { TIDEMARK_REPORT: `s3://${reportBucket.bucketName}`, ...this.#athenaVariables() },
    });
    allowAthena(refresh, storage);
    allowLake(refresh, storage.lake, { read: ['marts/', 'releases/', 'receipts/', 'alerts/'] });
    refresh.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
        resources: [reportBucket.arnForObjects('data/*')],
      }),
    );
    refresh.addToRolePolicy(
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [reportBucket.bucketArn],
        conditions: { StringLike: { 's3:prefix': ['data/*'] } },
      }),
    );
    acknowledgeWildcards(
      refresh.role ?? refresh,
      [reportBucket.arnForObjects('data/*')],
      'The site’s data files are named by their content; the pages beside them stay out of reach.',
    );
    return refresh;
  }

  #forward(): PipelineFunction {
    const { lake, robots } = this.#props.storage;
    const forward = this.#function('Forward', {
      name: 'forward-warnings',
      // Messages of one group arrive at once: one at a time, the first brings the others along.
      single: true,
      // Messages wait here for their turn: platforms take so many a minute, and some want ten minutes of silence.
      timeout: Duration.minutes(15),
      variables: { TIDEMARK_ROBOTS_SECRET: robots.secretArn },
    });
    // What each robot has had is recorded, so that a repeated message is not forwarded twice.
    allowLake(forward, lake, { read: ['alerts/'], write: ['alerts/'] });
    forward.addToRolePolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [robots.secretArn] }),
    );
    return forward;
  }

  /** What readers and builders of releases have to know of Athena. */
  #athenaVariables(): Record<string, string> {
    const { environment, storage } = this.#props;
    const { buildsFromStagedBytes, statementMinutes, usdPerTerabyte } = environment.athena;
    return {
      TIDEMARK_ENGINE: environment.engine,
      TIDEMARK_ATHENA_WORKGROUP: storage.buildWorkgroup.name,
      TIDEMARK_ATHENA_DATABASE: storage.martsDatabase,
      TIDEMARK_ATHENA_FROM_BYTES: String(buildsFromStagedBytes),
      TIDEMARK_ATHENA_STATEMENT_MINUTES: String(statementMinutes),
      TIDEMARK_ATHENA_USD_PER_TERABYTE: String(usdPerTerabyte),
    };
  }

  #function(id: string, props: Omit<PipelineFunctionProps, 'environment' | 'bundle'>): PipelineFunction {
    const { environment, bundle, storage } = this.#props;
    const { bucket, sharedKey } = storage.lake;
    return new PipelineFunction(this, id, {
      ...props,
      environment,
      bundle,
      variables: {
        TIDEMARK_LAKE: `s3://${bucket.bucketName}`,
        TIDEMARK_SHARED_KEY: sharedKey.keyArn,
        TIDEMARK_REPORTING_CURRENCY: environment.reportingCurrency,
        TIDEMARK_PERSONAL_PREFIXES: this.#props.personalPrefixes.join(','),
        ...props.variables,
      },
    });
  }
}

function sizeOf(size: Environment['build']): Pick<PipelineFunctionProps, 'memoryMb' | 'diskMb' | 'timeout'> {
  return { memoryMb: size.memoryMb, diskMb: size.diskMb, timeout: Duration.minutes(size.timeoutMinutes) };
}
