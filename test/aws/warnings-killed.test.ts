import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import type { RunGroup } from '../../pipelines/notify/notifier.ts';
import { createRobotNotifier } from '../../pipelines/notify/robot-notifier.ts';
import { createSnsNotifier } from '../../pipelines/notify/sns-notifier.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { forwardWarnings } from '../../pipelines/steps/forward-warnings.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { faultyLake } from '../fixtures/faulty-lake.ts';
import { type Platforms, secret, startPlatforms } from '../notify/robot-platforms.ts';
import { type KpiRow, kpiRelease } from '../steps/kpi-release.ts';
import { type Ministack, startMinistack } from './ministack.ts';

const now = () => new Date('2026-03-06T08:00:00Z');
const rule = ruleWith({
  ...{ kind: 'fixed', side: 'below', recover_after: 2 },
  marks: { critical: 0.01, warning: 0.02, approach: 0.025, recover: 0.03 },
});
const definitions: Definitions = { ...loadDefinitions(), thresholds: new Map([[rule.threshold, rule]]) };
/** Orders per thousand sessions of two channels; the second release takes a breach of the first back. */
const releases: readonly Readonly<Record<string, readonly number[]>>[] = [
  { tmall: [40, 18, 24, 8], jd: [40, 40, 24, 8] },
  { tmall: [40, 40, 24, 8, 40, 40], jd: [40, 40, 24, 8, 40, 40] },
];

/** Each write of the whole run, or every third. */
const stride = process.env['TIDEMARK_LONG'] ? 1 : 3;

class Killed extends Error {}

let aws: Ministack;
let sns: SNSClient;
let sqs: SQSClient;
let folder: string;
let platforms: Platforms;
beforeAll(async () => {
  aws = await startMinistack();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const settings = { endpoint: aws.url, region: 'us-east-1', credentials };
  sns = new SNSClient(settings);
  sqs = new SQSClient(settings);
  folder = await mkdtemp(join(tmpdir(), 'warnings-killed-'));
  platforms = await startPlatforms(now);
});
afterAll(async () => {
  platforms.close();
  await rm(folder, { recursive: true, force: true });
  await aws.stop();
});

/** A topic with one queue behind it. */
async function topicWithQueue(name: string) {
  const fifo = name.endsWith('.fifo');
  const topic = await sns.send(
    new CreateTopicCommand({ Name: name, ...(fifo && { Attributes: { FifoTopic: 'true' } }) }),
  );
  const queue = await sqs.send(
    new CreateQueueCommand({ QueueName: name, ...(fifo && { Attributes: { FifoQueue: 'true' } }) }),
  );
  const arn = topic.TopicArn ?? '';
  const Endpoint = `arn:aws:sqs:us-east-1:${aws.account}:${name}`;
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: 'sqs', Endpoint, Attributes }));
  return { arn, receive: () => receiveAll(queue.QueueUrl ?? '') };
}

interface Received {
  readonly warning: Warning;
  readonly group: RunGroup | undefined;
}

async function receiveAll(url: string): Promise<Received[]> {
  const received: Received[] = [];
  for (;;) {
    const asked = { QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, MessageAttributeNames: ['All'] };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    if (Messages.length === 0) return received;
    for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
      const group = MessageAttributes['group']?.StringValue;
      received.push({ warning: JSON.parse(Body), group: group === undefined ? undefined : JSON.parse(group) });
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    }
  }
}

async function work(lake: Lake, topics: readonly { readonly arn: string }[]): Promise<void> {
  for (const channels of releases) {
    const rows = Object.entries(channels).flatMap(([channel_id, figures]) =>
      figures.map((numerator, index): KpiRow => {
        const business_date = addDays('2026-03-01', index);
        return { kpi_id: 'conversion_rate', channel_id, business_date, numerator, denominator: 1000 };
      }),
    );
    const session = await kpiRelease(rows, addDays('2026-03-01', (channels['jd'] ?? []).length - 1));
    const notifiers = topics.map(({ arn }, index) =>
      createSnsNotifier(
        { topics: { approaching: arn, warning: arn, critical: arn }, language: 'en', name: `topic_${index}` },
        sns,
      ),
    );
    const routes = [{ route: 'programs', to: notifiers.map(({ name }) => name) }];
    await evaluateThresholds({ statesAtOnce: 1 }, { lake, session, definitions, now });
    await deliverWarnings({ lake, now, routes, notifiers });
    await session.close();
  }
}

/** Everything once, killed at one write and started again; what subscribers have then. */
async function workAndDie(name: string, fault?: { at: number; when: 'before' | 'after' }) {
  const [standard, fifo] = [await topicWithQueue(name), await topicWithQueue(`${name}.fifo`)];
  const lake = createFolderLake(join(folder, name));
  let died = false;
  const dying =
    fault === undefined
      ? lake
      : faultyLake(lake, fault, () => {
          throw new Killed();
        });
  await work(dying, [standard, fifo]).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
    died = true;
  });
  if (died) await work(lake, [standard, fifo]);
  const received = await standard.receive();
  const robot = createRobotNotifier(
    { name: 'group', kind: 'dingtalk', url: `${platforms.base}/dingtalk`, secret, language: 'en' },
    { now },
  );
  platforms.told.splice(0);
  for (const message of received)
    await forwardWarnings([message], { lake, robots: [robot], now, wait: async () => {} });
  const lines = platforms.told.flatMap(({ body }): string[] => body.markdown.text.split('\n\n'));
  return {
    died,
    standard: received.map(({ warning }) => warning),
    fifo: (await fifo.receive()).map((one) => one.warning),
    lines,
  };
}

const idsOf = (warnings: readonly Warning[]) => warnings.map(({ id }) => id).sort();

it('killed at any write of evaluate and deliver: a queue sees each event, once more at most; FIFO and robots once', async () => {
  const whole = await workAndDie('whole');
  const expected = idsOf(whole.fifo);
  expect(expected.length).toBeGreaterThanOrEqual(10);
  expect(idsOf(whole.standard)).toEqual(expected);
  let deaths = 0;
  for (let at = 1; ; at += stride) {
    const { died, standard, fifo, lines } = await workAndDie(`killed-${at}`, { at, when: at % 2 ? 'before' : 'after' });
    if (!died) break;
    deaths++;
    expect(idsOf(fifo), `fifo, write ${at}`).toEqual(expected);
    expect([...new Set(idsOf(standard))], `queue, write ${at}`).toEqual(expected);
    expect(standard.length - expected.length, `queue, write ${at}`).toBeLessThanOrEqual(1);
    for (const warning of fifo) {
      expect(
        lines.filter((line) => line === warning.text.en),
        `robot, write ${at}: ${warning.text.en}`,
      ).toHaveLength(1);
    }
  }
  // Both evaluations, and each message to each of two topics.
  expect(deaths).toBeGreaterThanOrEqual(Math.floor((2 * expected.length) / stride));
}, 600_000);
