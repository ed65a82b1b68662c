import { createHash } from 'node:crypto';
import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import type { Severity, Warning } from '../domain/alerting/warning.ts';
import type { Language } from '../domain/text.ts';
import type { Delivery, Notifier, RunGroup } from './notifier.ts';
import { pageOf, runbookPageOf } from './page.ts';

export interface SnsNotifierOptions {
  /** ARN of the topic of each severity; FIFO topics (`….fifo`) drop repeats by themselves. */
  readonly topics: Readonly<Record<Severity, string>>;
  /** Language of what people read by mail; programs get the whole warning. */
  readonly language: Language;
  /** Name that routes use. */
  readonly name?: string;
}

/**
 * Publishes warnings to the topic of their severity, with the attributes that filter policies of subscribers look at. A kill
 * between publishing and recording may repeat a message on a standard topic; its `id` is the same.
 */
export function createSnsNotifier(options: SnsNotifierOptions, client: SNSClient = new SNSClient()): Notifier {
  return {
    name: options.name ?? 'sns',
    async deliver(warning: Warning, group?: RunGroup): Promise<Delivery> {
      try {
        await client.send(new PublishCommand(messageOf(warning, options, group)));
        return { outcome: 'sent' };
      } catch (error) {
        return failureOf(error);
      }
    },
  };
}

function messageOf(
  warning: Warning,
  { topics, language }: SnsNotifierOptions,
  group: RunGroup | undefined,
): PublishCommandInput {
  const topic = topics[warning.severity];
  return {
    TopicArn: topic,
    MessageStructure: 'json',
    Message: JSON.stringify({ default: JSON.stringify(warning), email: mailOf(warning, language) }),
    Subject: `Tidemark ${warning.severity}: ${warning.kpi_id} ${warning.state}`.slice(0, 100),
    MessageAttributes: attributesOf(warning, group),
    ...(topic.endsWith('.fifo') && {
      MessageGroupId: digest(warning.fingerprint),
      MessageDeduplicationId: digest(warning.id),
    }),
  };
}

/** `group` is for the forwarder: group robots are told once of what belongs together. */
function attributesOf(
  warning: Warning,
  group: RunGroup | undefined,
): NonNullable<PublishCommandInput['MessageAttributes']> {
  const { severity, state, kpi_id: kpi, channel_id: channel, rule } = warning;
  const together = group === undefined ? {} : { group: JSON.stringify(group) };
  const values = Object.entries({ severity, state, kpi, channel, rule, ...together });
  return Object.fromEntries(values.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]));
}

function mailOf(warning: Warning, language: Language): string {
  return [
    warning.text[language],
    warning.suggestion[language],
    pageOf(warning, language),
    runbookPageOf(warning, language),
  ].join('\n\n');
}

/** Group and deduplication ids allow few characters and 128 of them. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the service will never take, whoever mends what; everything else is worth another try. */
const hopeless: ReadonlySet<string> = new Set(['InvalidParameterException', 'InvalidParameterValueException']);

/** The error's name only: its text may hold addresses. */
function failureOf(error: unknown): Delivery {
  const name = error instanceof Error ? error.name : 'Error';
  return { outcome: hopeless.has(name) ? 'given_up' : 'retry', reason: `SNS answers ${name}` };
}
