import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createSnsNotifier } from '../../pipelines/notify/sns-notifier.ts';
import { type Ministack, startMinistack } from './ministack.ts';
import { receiveAll } from './receive-all.ts';

const warning: Warning = {
  version: 1,
  id: 'conversion-low/tmall/breached/2026-10-12',
  fingerprint: 'conversion-low/tmall',
  rule: 'conversion-low',
  rule_version: 3,
  kpi_id: 'conversion_rate',
  channel_id: 'tmall',
  dimensions: {},
  period: '2026-10-12',
  grain: 'day',
  value: 0.011,
  mark: 0.02,
  expected: null,
  severity: 'critical',
  state: 'breached',
  previous_state: 'approaching',
  since: '2026-10-12',
  time_to_breach: null,
  drivers: [],
  suggestion: { zh: '检查结账页', en: 'Check the checkout page' },
  owner: 'sales',
  runbook: 'conversion',
  report_path: '/zh/channels/tmall',
  release: 'r1',
  text: { zh: '天猫转化率低于警戒线', en: 'Conversion of tmall is below its mark' },
};

describe('the SNS notifier', () => {
  let aws: Ministack;
  let sns: SNSClient;
  let sqs: SQSClient;

  beforeAll(async () => {
    aws = await startMinistack();
    const settings = {
      endpoint: aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    sns = new SNSClient(settings);
    sqs = new SQSClient(settings);
  });
  afterAll(() => aws.stop());

  async function topic(name: string, filter?: Record<string, string[]>) {
    const fifo = name.endsWith('.fifo') ? { FifoTopic: 'true' } : undefined;
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name, ...(fifo && { Attributes: fifo }) }));
    const queue = await sqs.send(
      new CreateQueueCommand({ QueueName: name, ...(fifo && { Attributes: { FifoQueue: 'true' } }) }),
    );
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:us-east-1:${aws.account}:${name}`,
        Attributes: { RawMessageDelivery: 'true', ...(filter && { FilterPolicy: JSON.stringify(filter) }) },
      }),
    );
    return { arn: TopicArn, receive: () => receiveAll(sqs, queue.QueueUrl ?? '') };
  }

  const notifierFor = (arn: string) =>
    createSnsNotifier({ topics: { approaching: arn, warning: arn, critical: arn }, language: 'zh' }, sns);

  it('sends the whole warning, with the attributes that subscribers filter by', async () => {
    const { arn, receive } = await topic('whole');
    expect(await notifierFor(arn).deliver(warning)).toEqual({ outcome: 'sent' });
    const [message] = await receive();
    expect(JSON.parse(message?.body ?? '')).toEqual(warning);
    expect(message?.attributes).toEqual({
      severity: 'critical',
      state: 'breached',
      kpi: 'conversion_rate',
      channel: 'tmall',
      rule: 'conversion-low',
    });
  });

  it('reaches only subscribers whose filter lets it through', async () => {
    const { arn, receive } = await topic('filtered', { channel: ['jd', 'tmall'], state: ['recovered'] });
    const notifier = notifierFor(arn);
    await notifier.deliver(warning);
    await notifier.deliver({ ...warning, id: 'b', channel_id: 'pos', state: 'recovered' });
    await notifier.deliver({ ...warning, id: 'c', state: 'recovered' });
    expect((await receive()).map(({ body }) => JSON.parse(body).id)).toEqual(['c']);
  });

  it('goes to the topic of its severity', async () => {
    const [approaching, critical] = [await topic('approaching'), await topic('critical')];
    const topics = { approaching: approaching.arn, warning: approaching.arn, critical: critical.arn };
    await createSnsNotifier({ topics, language: 'en' }, sns).deliver(warning);
    expect(await approaching.receive()).toEqual([]);
    expect(await critical.receive()).toHaveLength(1);
  });

  it('is received once from a FIFO topic, however often it is sent', async () => {
    const { arn, receive } = await topic('once.fifo');
    const notifier = notifierFor(arn);
    for (let time = 1; time <= 3; time++) await notifier.deliver(warning);
    await notifier.deliver({ ...warning, id: 'another', state: 'recovered' });
    expect((await receive()).map(({ body }) => JSON.parse(body).id)).toEqual([warning.id, 'another']);
  });

  it('is to be tried again where the topic is missing, and the reason names no address', async () => {
    const delivery = await notifierFor(`arn:aws:sns:us-east-1:${aws.account}:nowhere`).deliver(warning);
    expect(delivery).toEqual({ outcome: 'retry', reason: expect.stringMatching(/^SNS answers NotFound/) });
  });

  it('is to be tried again where the network is down', async () => {
    const offline = new SNSClient({
      endpoint: 'http://127.0.0.1:1',
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const topics = { approaching: 'a', warning: 'a', critical: 'a' };
    expect(await createSnsNotifier({ topics, language: 'zh' }, offline).deliver(warning)).toMatchObject({
      outcome: 'retry',
    });
  });
});
