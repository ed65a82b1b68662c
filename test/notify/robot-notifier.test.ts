import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createRobotNotifier, type Robot, robotsFile } from '../../pipelines/notify/robot-notifier.ts';

const secret = 'SEC-signing';
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
  report_path: '/zh/channels/jd',
  release: 'r1',
  text: { zh: '京东满意度 70%，低于 80%', en: 'Satisfaction of jd is 70 %, below 80 %' },
};

interface Seen {
  readonly url: URL;
  // biome-ignore lint/suspicious/noExplicitAny: each platform has a shape of its own.
  readonly body: any;
}

/** Checks what the platform itself checks and answers as it does. */
function answerOf(seen: Seen): { status: number; body: string } {
  switch (seen.url.pathname) {
    case '/slack':
      return typeof seen.body.text === 'string'
        ? { status: 200, body: 'ok' }
        : { status: 400, body: 'invalid_payload' };
    case '/dingtalk': {
      const timestamp = seen.url.searchParams.get('timestamp') ?? '';
      const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      const isFresh = Math.abs(now.getTime() - Number(timestamp)) < 3_600_000;
      const isSigned = isFresh && seen.url.searchParams.get('sign') === expected;
      return {
        status: 200,
        body: JSON.stringify(isSigned ? { errcode: 0 } : { errcode: 310_000, errmsg: 'sign not match' }),
      };
    }
    case '/wecom':
      return {
        status: 200,
        body: JSON.stringify(
          seen.body.markdown?.content ? { errcode: 0 } : { errcode: 44_004, errmsg: 'empty content' },
        ),
      };
    case '/feishu': {
      const expected = createHmac('sha256', `${seen.body.timestamp}\n${secret}`).digest('base64');
      const isSigned = seen.body.sign === expected && seen.body.timestamp === '1791793800';
      return { status: 200, body: JSON.stringify(isSigned ? { code: 0 } : { code: 19_021, msg: 'sign match fail' }) };
    }
    case '/busy-dingtalk':
      return { status: 200, body: '{"errcode":130101,"errmsg":"send too fast"}' };
    case '/busy-wecom':
      return { status: 200, body: '{"errcode":45009,"errmsg":"api freq out of limit"}' };
    case '/busy-feishu':
      return { status: 200, body: '{"code":11232,"msg":"frequency limited"}' };
    case '/busy-slack':
      return { status: 429, body: 'rate_limited' };
    case '/slow':
      return { status: 0, body: '' };
    default:
      return { status: 404, body: 'no_service' };
  }
}

describe('group robots', () => {
  let server: Server;
  let base: string;
  const seen: Seen[] = [];

  beforeAll(async () => {
    server = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const one = { url: new URL(request.url ?? '', base), body: JSON.parse(Buffer.concat(chunks).toString()) };
        seen.push(one);
        const { status, body } = answerOf(one);
        if (status > 0) response.writeHead(status).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => seen.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const robot = (kind: Robot['kind'], path = `/${kind}`, changes: Partial<Robot> = {}) =>
    createRobotNotifier(
      { name: kind, kind, url: `${base}${path}?access_token=${token}`, language: 'zh', ...changes },
      { now: () => now, timeoutMs: 500 },
    );

  it.each(['slack', 'wecom'] as const)('tells a group of %s', async (kind) => {
    expect(await robot(kind).deliver(warning)).toEqual({ outcome: 'sent' });
    expect(JSON.stringify(seen[0]?.body)).toContain('京东满意度 70%，低于 80%');
  });

  it.each(['dingtalk', 'feishu'] as const)('tells a group of %s, signed', async (kind) => {
    expect(await robot(kind, `/${kind}`, { secret }).deliver(warning)).toEqual({ outcome: 'sent' });
    expect(JSON.stringify(seen[0]?.body)).toContain('京东满意度 70%，低于 80%');
  });

  it('speaks the language of the group', async () => {
    await robot('slack', '/slack', { language: 'en' }).deliver(warning);
    expect(seen[0]?.body.text).toContain('Satisfaction of jd is 70 %, below 80 %');
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
