import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  SingleValueWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import type { PipelineStack } from './pipeline-stack.ts';

export interface MonitoringStackProps extends StackProps {
  readonly environment: Environment;
  readonly pipeline: PipelineStack;
}

interface AlarmDefinition {
  readonly id: string;
  /** What it means and what to look at, for the person who is woken. */
  readonly description: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly below?: boolean;
  readonly periods?: number;
}

/** Alarms about the pipeline itself; warnings about the business travel through the warning topics. */
export class MonitoringStack extends Stack {
  readonly operators: Topic;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    super(scope, id, props);
    const { environment, pipeline } = props;
    this.operators = new Topic(this, 'Operators', {
      displayName: `Tidemark ${environment.name} operations`,
      masterKey: pipeline.topics.key,
      enforceSSL: true,
    });
    this.#letServicesPublish();
    for (const address of environment.operators) this.operators.addSubscription(new EmailSubscription(address));
    for (const definition of [...runAlarms(pipeline), ...queueAlarms(pipeline), ...functionAlarms(pipeline)]) {
      this.#alarm(definition);
    }
    this.#dashboard(environment, pipeline);
  }

  /** The rule that asks for TLS replaces the topic's default policy, by which alarms of the account may publish. */
  #letServicesPublish(): void {
    this.operators.addToResourcePolicy(
      new PolicyStatement({
        principals: ['cloudwatch', 'budgets'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
        actions: ['sns:Publish'],
        resources: [this.operators.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
  }

  #alarm({ id, description, metric, threshold, below, periods }: AlarmDefinition): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: description,
      metric,
      threshold,
      evaluationPeriods: periods ?? 1,
      comparisonOperator: below
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Silence is the fault that a heartbeat is for; everywhere else it means that nothing happened.
      treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.operators));
    alarm.addOkAction(new SnsAction(this.operators));
  }

  #dashboard(environment: Environment, { run, landing, deadLetters, functions }: PipelineStack): void {
    const { machine } = run;
    const period = Duration.minutes(5);
    const all = Object.values(functions).filter((value): value is LambdaFunction => 'functionName' in value);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `tidemark-${environment.name}`,
      widgets: [
        [
          new SingleValueWidget({
            title: 'Waiting and given up',
            width: 8,
            metrics: [
              landing.metricApproximateNumberOfMessagesVisible({ label: 'files waiting' }),
              deadLetters.metricApproximateNumberOfMessagesVisible({ label: 'dead letters' }),
            ],
          }),
          new GraphWidget({
            title: 'Runs',
            width: 16,
            left: [
              machine.metricSucceeded({ period }),
              machine.metricFailed({ period }),
              machine.metricTimedOut({ period }),
            ],
            right: [machine.metricTime({ period })],
          }),
        ],
        [
          new GraphWidget({
            title: 'Function time',
            width: 12,
            left: all.map((each) => each.metricDuration({ period })),
          }),
          new GraphWidget({
            title: 'Function errors and throttles',
            width: 12,
            left: all.map((each) => each.metricErrors({ period })),
            right: all.map((each) => each.metricThrottles({ period })),
          }),
        ],
      ],
    });
  }
}

function runAlarms({ run, functions }: PipelineStack): AlarmDefinition[] {
  const day = Duration.days(1);
  const period = Duration.minutes(5);
  return [
    {
      id: 'RunsFail',
      description: 'A run failed. Open its execution in Step Functions; the failed step names its log.',
      metric: run.machine.metricFailed({ period }),
      threshold: 1,
    },
    {
      id: 'RunsTimeOut',
      description: 'A run did not end in time. Look for a builder that is throttled or a very large backfill.',
      metric: run.machine.metricTimedOut({ period }),
      threshold: 1,
    },
    {
      id: 'NoHeartbeat',
      description:
        'No run succeeded for a day although the schedule starts them. Check the schedule and the last failure.',
      metric: run.machine.metricSucceeded({ period: day }),
      threshold: 1,
      below: true,
    },
    {
      id: 'NoEvaluation',
      description:
        'Thresholds were not evaluated for a day: silence of the warnings means nothing until this is mended.',
      metric: functions.evaluate.metricInvocations({ period: day }),
      threshold: 1,
      below: true,
    },
  ];
}

function queueAlarms({ landing, deadLetters, topics }: PipelineStack): AlarmDefinition[] {
  const period = Duration.minutes(1);
  return [
    {
      id: 'DeadLettersWait',
      description: 'A file was refused, or killed its reader. `tidemark quarantine list` says why; mend, then redrive.',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period }),
      threshold: 1,
    },
    {
      id: 'WarningsUndelivered',
      description: 'A subscriber did not take a warning. The message waits on the queue of undelivered warnings.',
      metric: topics.undelivered.metricApproximateNumberOfMessagesVisible({ period }),
      threshold: 1,
    },
    {
      id: 'LandingIsLate',
      description: 'A dropped file has waited for a quarter of an hour. Is the function that starts runs throttled?',
      metric: landing.metricApproximateAgeOfOldestMessage({ period }),
      threshold: 15 * 60,
      periods: 3,
    },
  ];
}

function functionAlarms({ functions }: PipelineStack): AlarmDefinition[] {
  const watched = { Start: functions.start, Forward: functions.forward };
  // The others run inside the state machine, which tries again and raises its own alarm.
  return Object.entries(watched).map(([name, each]) => ({
    id: `${name}Fails`,
    description: `The function ${name.toLowerCase()} keeps failing; its log says why.`,
    metric: each.metricErrors({ period: Duration.minutes(5) }),
    threshold: 3,
  }));
}
