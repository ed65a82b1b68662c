import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';

/** One name per file in functions/. */
export type FunctionName =
  | 'start-run'
  | 'ingest-exports'
  | 'build-models'
  | 'evaluate-thresholds'
  | 'deliver-warnings'
  | 'refresh-report'
  | 'forward-warnings'
  | 'sign-in';

/** What lies beside the code: nothing, the catalog, or the catalog and DuckDB. */
export type BundleContents = 'code' | 'catalog' | 'engine';

export interface BundleOptions {
  readonly name: FunctionName;
  readonly architecture: Environment['architecture'];
  readonly contents: BundleContents;
}

/** Makes the code of one function; tests hand in a stand-in. */
export type BundleFunction = (options: BundleOptions) => Code;

export interface PipelineFunctionProps {
  readonly name: FunctionName;
  readonly environment: Environment;
  readonly bundle: BundleFunction;
  readonly contents?: BundleContents;
  readonly memoryMb?: number;
  readonly diskMb?: number;
  readonly timeout?: Duration;
  readonly variables?: Readonly<Record<string, string>>;
  /** At most one at a time, where the environment can reserve concurrency. */
  readonly single?: boolean;
}

/** One Lambda function with the project's defaults: own role, own log group, nothing granted that it does not need. */
export class PipelineFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: PipelineFunctionProps) {
    const { environment, contents = 'code' } = props;
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: environment.retention.logDays,
      removalPolicy: environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      description: `tidemark ${environment.name}: ${props.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: environment.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      handler: 'index.handler',
      code: props.bundle({ name: props.name, architecture: environment.architecture, contents }),
      role,
      logGroup,
      memorySize: props.memoryMb ?? 512,
      ephemeralStorageSize: Size.mebibytes(props.diskMb ?? 512),
      timeout: props.timeout ?? Duration.seconds(60),
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        TIDEMARK_LANGUAGE: environment.language,
        ...props.variables,
      },
      ...(props.single && environment.reserveConcurrency && { reservedConcurrentExecutions: 1 }),
    });
    allowLogging(role, logGroup);
  }
}

function allowLogging(role: Role, logGroup: LogGroup): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
}
