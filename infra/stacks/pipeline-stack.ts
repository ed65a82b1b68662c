import { CfnOutput, Duration, Stack, type StackProps, TimeZone } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { BundleFunction } from '../constructs/pipeline-function.ts';
import { PipelineFunctions } from '../constructs/pipeline-functions.ts';
import { RunMachine } from '../constructs/run-machine.ts';
import { WarningTopics } from '../constructs/warning-topics.ts';
import type { Environment } from '../environments.ts';
import type { StorageStack } from './storage-stack.ts';

export interface PipelineStackProps extends StackProps {
  readonly environment: Environment;
  readonly storage: StorageStack;
  readonly bundle: BundleFunction;
  readonly personalPrefixes: readonly string[];
}

/** From a dropped file to a warning: landing → queue → run → topics. Holds no state; deploy it as often as you like. */
export class PipelineStack extends Stack {
  readonly functions: PipelineFunctions;
  readonly run: RunMachine;
  readonly topics: WarningTopics;
  readonly landing: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    super(scope, id, props);
    const { environment, storage } = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.landing = new Queue(this, 'Landing', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      // Six times the time limit of the function that reads it, as Lambda's documentation asks.
      visibilityTimeout: Duration.minutes(6),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    });
    this.functions = new PipelineFunctions(this, 'Functions', props);
    this.topics = new WarningTopics(this, 'Warnings', { environment, forwarder: this.functions.forward });
    this.run = new RunMachine(this, 'Run', {
      environment,
      lake: storage.lake.bucket,
      deadLetters: this.deadLetters,
      ...this.functions,
    });
    this.functions.publishTo(this.topics);
    this.#startOnLanding(storage);
    this.#startOnSchedule(environment);
    new CfnOutput(this, 'BuildFunction', { value: this.functions.build.functionName });
    new CfnOutput(this, 'RefreshFunction', { value: this.functions.refresh.functionName });
    new CfnOutput(this, 'RunMachineArn', { value: this.run.machine.stateMachineArn });
    new CfnOutput(this, 'DeadLettersUrl', { value: this.deadLetters.queueUrl });
    new CfnOutput(this, 'DeadLettersArn', { value: this.deadLetters.queueArn });
    new CfnOutput(this, 'LandingArn', { value: this.landing.queueArn });
  }

  #startOnLanding({ lake }: StorageStack): void {
    new Rule(this, 'Landed', {
      description: 'A file was dropped into the landing prefix',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [lake.bucket.bucketName] }, object: { key: [{ prefix: 'landing/' }] } },
      },
      targets: [new SqsQueue(this.landing, { deadLetterQueue: this.deadLetters, maxEventAge: Duration.hours(24) })],
    });
    const { start } = this.functions;
    start.addEnvironment('TIDEMARK_RUN_MACHINE', this.run.machine.stateMachineArn);
    this.run.machine.grantStartExecution(start);
    // Files that arrive together share one run; a second is the price.
    start.addEventSource(
      new SqsEventSource(this.landing, {
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
      }),
    );
  }

  #startOnSchedule(environment: Environment): void {
    new Schedule(this, 'Regularly', {
      description: 'A run without new files: late verdicts, and the heartbeat of the monitoring',
      schedule: ScheduleExpression.expression(environment.schedule, TimeZone.of(environment.scheduleTimeZone)),
      target: new StepFunctionsStartExecution(this.run.machine, {
        input: ScheduleTargetInput.fromObject({ files: [] }),
        deadLetterQueue: this.deadLetters,
      }),
    });
  }
}
