import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createRobotNotifier, type Robot, robotsFile } from '../../pipelines/notify/robot-notifier.ts';
import { type Platforms, secret, startPlatforms } from './robot-platforms.ts';
import { warningWith } from './warning-example.ts';

const token = 'token-that-nobody-may-see';
const now = new Date('2026-10-12T08:30:00Z');

const warning: Warning = {
  version: 1,
  id: 'w1',
  fingerprint: 'f1',
  rule: 'csat-low',
  rule_version: 1,
  kpi_id: 'csat',
  channel_id: 'jd',
  dimensions: {},
  period: '2026-10-11',
  grain: 'day',
  value: 0.7,
  mark: 0.8,
  expected: null,
  severity: 'warning',
  state: 'breached',
  previous_state: 'ok',
  since: '2026-10-11',
  time_to_breach: null,
  drivers: [],
  suggestion: { zh: '查看差评', en: 'Read the bad reviews' },
  owner: 'service',
  runbook: 'csat',
  report_path: '/channels/jd/',
  release: 'r1',
  text: { zh: '京东满意度 70%，低于 80%', en: 'Satisfaction of jd is 70 %, below 80 %' },
};

describe('group robots', () => {
  let platforms: Platforms;
  beforeAll(async () => {
    platforms = await startPlatforms(() => now);
  });
  beforeEach(() => {
    platforms.told.splice(0);
    platforms.asked.splice(0);
  });
  afterAll(() => platforms.close());

  const robot = (kind: Robot['kind'], path = `/${kind}`, changes: Partial<Robot> = {}) =>
    createRobotNotifier(
      { name: kind, kind, url: `${platforms.base}${path}?access_token=${token}`, language: 'zh', ...changes },
      { now: () => now, timeoutMs: 500, site: 'https://reports.example.com/' },
    );

  it.each(['slack', 'wecom'] as const)('tells a group of %s', async (kind) => {
    expect(await robot(kind).deliver(warning)).toEqual({ outcome: 'sent' });
    expect(JSON.stringify(platforms.told[0]?.body)).toContain('京东满意度 70%，低于 80%');
  });

  it.each(['dingtalk', 'feishu'] as const)('tells a group of %s, signed', async (kind) => {
    expect(await robot(kind, `/${kind}`, { secret }).deliver(warning)).toEqual({ outcome: 'sent' });
    expect(JSON.stringify(platforms.told[0]?.body)).toContain('京东满意度 70%，低于 80%');
  });

  it('speaks the language of the group', async () => {
    await robot('slack', '/slack', { language: 'en' }).deliver(warning);
    expect(platforms.told[0]?.body.text).toContain('Satisfaction of jd is 70 %, below 80 %');
  });

  const many = Array.from({ length: 200 }, (_, index) =>
    warningWith({
      id: `w${index}`,
      text: { en: `Figure ${index} <is> low & falling`, zh: `第 ${index} 个指标偏低，且继续下降` },
    }),
  );

  it.each(['slack', 'dingtalk', 'wecom', 'feishu'] as const)(
    'tells a group of %s several warnings as one message that the platform takes, with what to do once and a link',
    async (kind) => {
      const group = [...many.slice(0, 3), warningWith({ id: 'c', severity: 'critical' })];
      expect(await robot(kind, `/${kind}`, { secret }).deliverGroup?.(group)).toEqual({ outcome: 'sent' });
      expect(platforms.told).toHaveLength(1);
      const body = JSON.stringify(platforms.told[0]?.body);
      for (const line of [
        '[critical] channel_operations · 4 条消息',
        '第 2 个指标',
        'https://reports.example.com/zh/channels/tmall/',
      ]) {
        expect(body).toContain(line);
      }
      expect(body.split('试下一单。')).toHaveLength(2);
    },
  );

  it('says how many more there are where a platform takes no longer text', async () => {
    expect(await robot('wecom').deliverGroup?.(many)).toEqual({ outcome: 'sent' });
    const text: string = platforms.told[0]?.body.markdown.content;
    const shown = text.match(/第 \d+ 个指标/g) ?? [];
    expect(shown.length).toBeGreaterThan(40);
    expect(text).toContain(`……另有 ${200 - shown.length} 条，见报告。`);
  });

  it('parts lines as the markdown of DingTalk wants it, and escapes what Slack takes for markup', async () => {
    await robot('dingtalk', '/dingtalk', { secret }).deliver(many[0] ?? warning);
    expect(platforms.told[0]?.body.markdown.text).toContain(
      '继续下降\n\n试下一单。\n\n处置手册： https://reports.example.com/zh/warnings/#runbook-conversion_drop',
    );
    await robot('slack', '/slack', { language: 'en' }).deliver(many[0] ?? warning);
    expect(platforms.told[1]?.body.text).toContain('Figure 0 &lt;is&gt; low &amp; falling');
  });

  it.each(['dingtalk', 'feishu'] as const)('gives up where the signature of %s is wrong', async (kind) => {
    expect(await robot(kind, `/${kind}`, { secret: 'another' }).deliver(warning)).toMatchObject({
      outcome: 'given_up',
    });
  });

  it.each(['slack', 'dingtalk', 'wecom', 'feishu'] as const)(
    'tries again later where %s asks to slow down',
    async (kind) => {
      expect(await robot(kind, `/busy-${kind}`).deliver(warning)).toMatchObject({ outcome: 'retry' });
    },
  );

  it.each([
    ['an address that is gone', '/gone', 'given_up'],
    ['a platform that does not answer', '/slow', 'retry'],
  ] as const)('%s: the reason shows no token', async (_title, path, outcome) => {
    const delivery = await robot('slack', path).deliver(warning);
    expect(delivery.outcome).toBe(outcome);
    expect(JSON.stringify(delivery)).not.toMatch(/token|127\.0\.0\.1/);
  });

  it('refuses a description of a kind that it does not know', () => {
    const described = { robots: [{ name: 'x', kind: 'teams', url: 'https://example.com' }] };
    expect(robotsFile.safeParse(described).success).toBe(false);
  });
});
