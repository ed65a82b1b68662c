import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What every signed group of these platforms was given. */
export const secret = 'SEC-signing';

export interface Seen {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly url: URL;
  // biome-ignore lint/suspicious/noExplicitAny: each platform has a shape of its own.
  readonly body: any;
}

export interface Platforms {
  readonly base: string;
  /** Messages that reached a group, in order. */
  readonly told: Seen[];
  /** Everything that was asked. */
  readonly asked: Seen[];
  close(): void;
}

/** Local servers that check what Slack, DingTalk, WeCom and Feishu check of a robot's message, and answer as they do. */
export async function startPlatforms(now: () => Date): Promise<Platforms> {
  const told: Seen[] = [];
  const asked: Seen[] = [];
  silentUntil = 0;
  const server: Server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const url = new URL(request.url ?? '', 'http://127.0.0.1');
      const one = { at: now().getTime(), url, body: JSON.parse(text) };
      asked.push(one);
      const answer: PlatformAnswer = request.headers['content-type']?.startsWith('application/json')
        ? answerOf(one, now(), told)
        : { status: 415, body: 'no JSON' };
      if (answer.status === 200 && /^(ok|.*(errcode|code)":0)/.test(answer.body)) told.push(one);
      const headers = { ...(answer.retryAfter && { 'retry-after': String(answer.retryAfter) }) };
      if (answer.status > 0) response.writeHead(answer.status, headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, told, asked, close };
}

/** When DingTalk hears again. */
let silentUntil = 0;

const code = (errcode: number, errmsg: string) => ({ status: 200, body: JSON.stringify({ errcode, errmsg }) });
const bytes = (text: unknown) => Buffer.byteLength(String(text));

interface PlatformAnswer {
  readonly status: number;
  readonly body: string;
  /** Seconds, as a header. */
  readonly retryAfter?: number;
}

function answerOf({ url, body }: Seen, now: Date, told: readonly Seen[]): PlatformAnswer {
  const within = (milliseconds: number) =>
    told.filter((one) => one.url.pathname === url.pathname && now.getTime() - one.at < milliseconds).length;
  switch (url.pathname) {
    case '/slack':
    case '/strict-slack':
      // Bursts are allowed, and not promised.
      if (url.pathname === '/strict-slack' && within(1000) >= 1) return { status: 429, body: 'rate_limited' };
      // An unescaped bracket is markup, and markup of no kind that Slack knows shows as nothing.
      if (typeof body.text !== 'string' || /<(?![@#!]|https?:)/.test(body.text))
        return { status: 400, body: 'invalid_payload' };
      return { status: 200, body: 'ok' };
    case '/dingtalk': {
      const timestamp = url.searchParams.get('timestamp') ?? '';
      const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      const isFresh = Math.abs(now.getTime() - Number(timestamp)) < 3_600_000;
      if (!isFresh || url.searchParams.get('sign') !== expected) return code(310_000, 'sign not match');
      if (body.msgtype !== 'markdown' || !body.markdown?.title || !body.markdown?.text)
        return code(40_035, 'param error');
      // Twenty messages a minute, and then ten minutes of silence, which begin again with everybody who asks on.
      if (now.getTime() < silentUntil) {
        silentUntil = now.getTime() + 600_000;
        return { status: 302, body: '' };
      }
      if (within(60_000) < 20) return code(0, 'ok');
      silentUntil = now.getTime() + 600_000;
      return code(130_101, 'send too fast, exceed 20 times per minute');
    }
    case '/wecom':
      if (body.msgtype !== 'markdown' || !body.markdown?.content) return code(44_004, 'empty content');
      if (bytes(body.markdown.content) > 4096) return code(40_058, 'markdown.content exceed max length 4096');
      return within(60_000) >= 20 ? code(45_009, 'api freq out of limit') : code(0, 'ok');
    case '/feishu': {
      const expected = createHmac('sha256', `${body.timestamp}\n${secret}`).digest('base64');
      const isFresh = Math.abs(now.getTime() / 1000 - Number(body.timestamp)) < 3600;
      if (!isFresh || body.sign !== expected) return { status: 200, body: '{"code":19021,"msg":"sign match fail"}' };
      if (body.msg_type !== 'text' || !body.content?.text || bytes(JSON.stringify(body)) > 20_480) {
        return { status: 200, body: '{"code":9499,"msg":"Bad Request"}' };
      }
      if (within(1000) >= 5 || within(60_000) >= 100) {
        return { status: 200, body: '{"code":11232,"msg":"frequency limited"}' };
      }
      return { status: 200, body: '{"code":0,"msg":"success"}' };
    }
    case '/busy-dingtalk':
      return code(130_101, 'send too fast');
    case '/busy-wecom':
      return code(45_009, 'api freq out of limit');
    case '/busy-feishu':
      return { status: 200, body: '{"code":11232,"msg":"frequency limited"}' };
    case '/busy-slack':
      return { status: 429, body: 'rate_limited', retryAfter: 45 };
    case '/slow':
      return { status: 0, body: '' };
    default:
      return { status: 404, body: 'no_service' };
  }
}
