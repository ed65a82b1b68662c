import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopicSubscription, SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import {
  EmailSubscription,
  LambdaSubscription,
  SqsSubscription,
  UrlSubscription,
} from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Environment, Subscription } from '../environments.ts';
import { acknowledge } from './acknowledge.ts';

export const severities = ['approaching', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface WarningTopicsProps {
  readonly environment: Environment;
  /** Hands warnings on to group robots. */
  readonly forwarder: IFunction;
}

/** One topic per severity, encrypted, TLS only; subscriptions come from the environment's data. */
export class WarningTopics extends Construct {
  readonly key: Key;
  readonly topics: Readonly<Record<Severity, Topic>>;
  readonly undelivered: Queue;
  readonly #forwarder: IFunction;

  constructor(scope: Construct, id: string, props: WarningTopicsProps) {
    super(scope, id);
    this.#forwarder = props.forwarder;
    this.key = new Key(this, 'Key', {
      description: 'Tidemark: warnings and alarms on their way',
      enableKeyRotation: true,
    });
    // Alarms and budgets tell the operators through a topic under this key. CloudWatch names no account to a key.
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    this.key.grantEncryptDecrypt(new ServicePrincipal('budgets.amazonaws.com', { conditions }));
    const topic = (severity: Severity) =>
      new Topic(this, title(severity), {
        topicName: `tidemark-${props.environment.name}-${severity}`,
        displayName: `Tidemark ${severity}`,
        masterKey: this.key,
        enforceSSL: true,
      });
    this.topics = { approaching: topic('approaching'), warning: topic('warning'), critical: topic('critical') };
    this.undelivered = queue(this, 'Undelivered', 14);
    acknowledge(
      this.undelivered,
      ['AwsSolutions-SQS3'],
      'It is the dead-letter queue of subscriptions and of a function, where the check does not look.',
    );
    for (const subscription of props.environment.subscriptions) this.#subscribe(subscription);
  }

  #subscribe(subscription: Subscription): void {
    const target = this.#target(subscription);
    for (const severity of subscription.severities) this.topics[severity].addSubscription(target);
  }

  #target(subscription: Subscription): ITopicSubscription {
    const { to } = subscription;
    const options = { ...filterPolicy(subscription), deadLetterQueue: this.undelivered };
    switch (to.kind) {
      case 'email':
        return new EmailSubscription(to.address, options);
      case 'https':
        return new UrlSubscription(to.url, options);
      case 'robots':
        return new LambdaSubscription(this.#forwarder, options);
      case 'queue': {
        const inbox = queue(this, `${title(subscription.name)}Inbox`, 14, this.undelivered);
        new CfnOutput(this, `${title(subscription.name)}InboxUrl`, { value: inbox.queueUrl });
        return new SqsSubscription(inbox, { ...options, rawMessageDelivery: true });
      }
    }
  }
}

function filterPolicy({ filter }: Subscription) {
  if (!filter) return {};
  const conditions = Object.entries(filter).map(([attribute, allowlist]) => [
    attribute,
    SubscriptionFilter.stringFilter({ allowlist: [...(allowlist ?? [])] }),
  ]);
  return { filterPolicy: Object.fromEntries(conditions) as Record<string, SubscriptionFilter> };
}

function queue(scope: Construct, id: string, days: number, deadLetters?: Queue): Queue {
  return new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(days),
    ...(deadLetters && { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 10 } }),
  });
}

function title(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
}
