import { ArnFormat, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  type IChainable,
  JitterType,
  JsonPath,
  LogLevel,
  Map as MapState,
  Pass,
  S3ObjectsItemReader,
  StateMachine,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import { acknowledgeWildcards } from './acknowledge.ts';

export interface RunMachineProps {
  readonly environment: Environment;
  readonly lake: IBucket;
  readonly deadLetters: Queue;
  readonly ingest: IFunction;
  readonly build: IFunction;
  readonly evaluate: IFunction;
  readonly deliver: IFunction;
  readonly refresh: IFunction;
}

/**
 * The whole run: ingest → build → evaluate → deliver → refresh the report. Its input is `{files: [{key}]}`, which may be
 * empty (a scheduled run), or `{backfill: {prefix}}` for everything that lies below a prefix of the lake.
 */
export class RunMachine extends Construct {
  readonly machine: StateMachine;
  readonly #props: RunMachineProps;

  constructor(scope: Construct, id: string, props: RunMachineProps) {
    super(scope, id);
    this.#props = props;
    const { environment } = props;
    const after = this.#steps();
    const input = new Choice(this, 'What to read')
      .when(Condition.isPresent('$.backfill.prefix'), this.#backfill().next(after))
      .otherwise(this.#ingestFiles().next(after));
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: `tidemark-${environment.name}`,
      definitionBody: DefinitionBody.fromChainable(input),
      timeout: Duration.hours(12),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        // Input and output hold file names, and those may name persons.
        includeExecutionData: false,
        destination: new LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/tidemark-${environment.name}`,
          retention: environment.retention.logDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    this.#explainWildcards();
  }

  #ingestFiles(): MapState {
    return new MapState(this, 'Ingest each file', {
      itemsPath: '$.files',
      maxConcurrency: this.#props.environment.ingest.filesAtOnce,
      resultPath: JsonPath.DISCARD,
    }).itemProcessor(this.#ingestOne('Ingest'));
  }

  #backfill(): DistributedMap {
    const map = new DistributedMap(this, 'Ingest a whole prefix', {
      itemReader: new S3ObjectsItemReader({ bucket: this.#props.lake, prefix: JsonPath.stringAt('$.backfill.prefix') }),
      itemSelector: { 'key.$': '$$.Map.Item.Value.Key' },
      maxConcurrency: this.#props.environment.ingest.backfillFilesAtOnce,
      // A file that cannot be read is on the dead-letter queue by then; it must not stop a million others.
      toleratedFailurePercentage: 100,
      resultPath: JsonPath.DISCARD,
    });
    return map.itemProcessor(this.#ingestOne('Backfill'));
  }

  /** A file that is refused, or that kills its function every time, goes to the dead letters; the run goes on. */
  #ingestOne(name: string): IChainable {
    const deadLetter = new SqsSendMessage(this, `${name}: put on the dead letters`, {
      queue: this.#props.deadLetters,
      messageBody: TaskInput.fromObject({
        'detail-type': 'Object Created',
        detail: { object: { key: JsonPath.stringAt('$.key') } },
        outcome: JsonPath.objectAt('$.outcome'),
      }),
      resultPath: JsonPath.DISCARD,
    });
    const task = new LambdaInvoke(this, `${name}: read one file`, {
      lambdaFunction: this.#props.ingest,
      payload: TaskInput.fromObject({ key: JsonPath.stringAt('$.key') }),
      resultSelector: { 'status.$': '$.Payload.status', 'reasons.$': '$.Payload.reasons' },
      resultPath: '$.outcome',
      retryOnServiceExceptions: false,
    });
    retry(task, { attempts: 5, firstWait: 1 });
    task.addCatch(deadLetter, { resultPath: '$.outcome' });
    return task.next(
      new Choice(this, `${name}: refused?`)
        .when(Condition.stringEquals('$.outcome.status', 'refused'), deadLetter)
        .otherwise(new Pass(this, `${name}: done`)),
    );
  }

  #steps(): IChainable {
    const { build, evaluate, deliver, refresh } = this.#props;
    const step = (name: string, lambdaFunction: IFunction) => {
      const task = new LambdaInvoke(this, name, {
        lambdaFunction,
        payload: TaskInput.fromObject({ run: JsonPath.executionName }),
        resultPath: JsonPath.DISCARD,
        retryOnServiceExceptions: false,
      });
      retry(task, { attempts: 5, firstWait: 1 });
      return task;
    };
    return step('Build the marts', build)
      .next(step('Evaluate the thresholds', evaluate))
      .next(step('Deliver the warnings', deliver))
      .next(step('Refresh the report', refresh));
  }

  #explainWildcards(): void {
    const { ingest, build, evaluate, deliver, refresh } = this.#props;
    acknowledgeWildcards(
      this.machine,
      [ingest, build, evaluate, deliver, refresh].map((lambda) => `${lambda.functionArn}:*`),
      'Versions of the functions that this machine calls.',
    );
    const execution = this.machine.stack.formatArn({
      service: 'states',
      resource: 'execution',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: Fn.select(6, Fn.split(':', this.machine.stateMachineArn)),
    });
    acknowledgeWildcards(
      this.machine,
      [`${execution}:*`, `${execution}/*:*`],
      'Runs of this very machine, for the backfill.',
    );
    acknowledgeWildcards(
      this.machine,
      ['*'],
      'X-Ray and the delivery of vended logs have no resources to name (documented by AWS).',
    );
  }
}

/**
 * A builder that is busy refuses a second run by throttling: that is waited for patiently. Everything else may be a
 * machine that died, so it is tried again too; each step is safe to repeat.
 */
function retry(task: LambdaInvoke, options: { attempts: number; firstWait: number }): void {
  task.addRetry({
    errors: ['Lambda.TooManyRequestsException', 'Lambda.ClientExecutionTimeoutException'],
    interval: Duration.seconds(1),
    backoffRate: 1.5,
    maxDelay: Duration.seconds(20),
    maxAttempts: 120,
    jitterStrategy: JitterType.FULL,
  });
  task.addRetry({
    errors: ['States.ALL'],
    interval: Duration.seconds(options.firstWait),
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    maxAttempts: options.attempts,
    jitterStrategy: JitterType.FULL,
  });
}
