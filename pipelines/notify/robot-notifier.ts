import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Pace } from '../domain/alerting/pace.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Delivery, Notifier } from './notifier.ts';
import { robotWords } from './robot-words.ts';

/** A group robot as an operator describes it. Address and secret let anybody write to the group: neither is ever shown. */
const robot = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  kind: z.enum(['slack', 'dingtalk', 'wecom', 'feishu']),
  url: z.url(),
  /** Signing secret of DingTalk and Feishu, where the group asks for signatures. */
  secret: z.string().min(1).optional(),
  language: z.enum(['zh', 'en']).default('zh'),
});
export const robotsFile = z.strictObject({
  robots: z.array(robot),
  /** Address of the report, for links in messages. */
  report: z.url().optional(),
});
export type Robot = z.infer<typeof robot>;

interface Message {
  readonly title: string;
  readonly text: string;
  /** Milliseconds since 1970, as robots that ask for signatures want it. */
  readonly at: number;
}

interface Protocol {
  /** What one text may have, from the platform's documentation, with room for the title. */
  readonly mostBytes: number;
  /** How often a group takes a message, from the platform's documentation; a little longer, since messages travel unevenly. */
  readonly paces: readonly Pace[];
  /** How long the platform wants to hear nothing after a message too many, from its documentation, unless its answer says it. */
  readonly pauseMs: number;
  request(robot: Robot, message: Message): { readonly url: string; readonly body: unknown };
  /** HTTP statuses by which it says that messages come too fast. */
  readonly tooFast: readonly number[];
  /** Absent where the HTTP status says it all; robots answer 200 to nearly everything and say in the body what became of it. */
  readonly codes?: Codes;
}

/** The codes of a platform's answers, from its documentation of group robots; 0 is good. */
interface Codes {
  /** Field of the answer. */
  readonly field: string;
  /** Messages come too fast. */
  readonly tooFast: readonly number[];
  /** Something of its own went wrong. */
  readonly busy: readonly number[];
}

interface Answer {
  readonly status: number;
  /** Milliseconds after which the platform wants to be asked again, where its answer says so. */
  readonly retryAfterMs?: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const protocols: Readonly<Record<Robot['kind'], Protocol>> = {
  slack: {
    mostBytes: 39_000,
    paces: [{ messages: 1, withinMs: 1_100 }],
    pauseMs: 30_000,
    tooFast: [429],
    request: ({ url }, { title, text }) => ({ url, body: { text: escapedForSlack(`*${title}*\n${text}`) } }),
  },
  dingtalk: {
    // Its markdown takes a single line end for a blank; the lines are parted when the message is made.
    mostBytes: 18_000,
    paces: [{ messages: 20, withinMs: 61_000 }],
    // Who sends more is not heard for ten minutes, and sent elsewhere while asking on.
    pauseMs: 605_000,
    tooFast: [429, 302],
    codes: { field: 'errcode', tooFast: [130_101, 410_100], busy: [-1] },
    request: (given, { title, text, at }) => ({
      url: given.secret === undefined ? given.url : signedDingTalkUrl(given.url, given.secret, at),
      body: { msgtype: 'markdown', markdown: { title, text: `#### ${title}\n\n${text.replaceAll('\n', '\n\n')}` } },
    }),
  },
  wecom: {
    mostBytes: 3_800,
    paces: [{ messages: 20, withinMs: 61_000 }],
    pauseMs: 61_000,
    tooFast: [429],
    codes: { field: 'errcode', tooFast: [45_009, 45_033], busy: [-1] },
    request: ({ url }, { title, text }) => ({
      url,
      body: { msgtype: 'markdown', markdown: { content: `**${title}**\n${text}` } },
    }),
  },
  feishu: {
    mostBytes: 18_000,
    paces: [
      // Five a second: a message that is half a second late must not meet the next five.
      { messages: 5, withinMs: 2_000 },
      { messages: 100, withinMs: 61_000 },
    ],
    pauseMs: 61_000,
    tooFast: [429],
    codes: { field: 'code', tooFast: [11_232, 11_233], busy: [9_499] },
    request: ({ url, secret }, { title, text, at }) => ({
      url,
      body: { ...feishuSignature(secret, at), msg_type: 'text', content: { text: `${title}\n${text}` } },
    }),
  },
};

export interface RobotOptions {
  /** Address of the report. */
  readonly site?: string | undefined;
  readonly now: () => Date;
  readonly timeoutMs?: number;
}

/** Tells a group of people by the robot that they have added to it. */
export function createRobotNotifier(given: Robot, options: RobotOptions): Notifier {
  return {
    name: given.name,
    paces: protocols[given.kind].paces,
    deliver: (warning) => tell(given, [warning], options),
    deliverGroup: (warnings) => tell(given, warnings, options),
  };
}

async function tell(
  given: Robot,
  warnings: readonly Warning[],
  { now, site, timeoutMs = 10_000 }: RobotOptions,
): Promise<Delivery> {
  const protocol = protocols[given.kind];
  const { language } = given;
  const words = robotWords(warnings, { language, site, mostBytes: protocol.mostBytes });
  const { url, body } = protocol.request(given, { ...words, at: now().getTime() });
  try {
    const answer = await post(url, body, timeoutMs);
    if (!isTooFast(answer, protocol)) return verdictOf(answer, given.kind, protocol.codes);
    const pauseMs = answer.retryAfterMs ?? protocol.pauseMs;
    return { outcome: 'retry', reason: `${given.kind} asks for a pause`, pauseMs };
  } catch {
    // The error's own words may repeat the address.
    return { outcome: 'retry', reason: `${given.kind} cannot be reached` };
  }
}

async function post(url: string, body: unknown, timeoutMs: number): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
    // A redirect is an answer: no message goes where it leads.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    ...(seconds > 0 && { retryAfterMs: 1000 * seconds }),
    body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {},
  };
}

function isTooFast({ status, body }: Answer, { tooFast, codes }: Protocol): boolean {
  return tooFast.includes(status) || (codes?.tooFast.includes(Number(body[codes.field])) ?? false);
}

/** The three characters that Slack reads as markup. */
function escapedForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What an answer means. */
function verdictOf({ status, body }: Answer, kind: string, codes: Codes | undefined): Delivery {
  if (status !== 200) return { outcome: status >= 500 ? 'retry' : 'given_up', reason: `${kind} answers ${status}` };
  if (codes === undefined) return { outcome: 'sent' };
  const code = Number(body[codes.field] ?? Number.NaN);
  if (code === 0) return { outcome: 'sent' };
  const reason = `${kind} answers code ${code}`;
  return { outcome: Number.isNaN(code) || codes.busy.includes(code) ? 'retry' : 'given_up', reason };
}

/** DingTalk: the secret signs `<milliseconds>\n<secret>`; both go into the address. */
function signedDingTalkUrl(address: string, secret: string, at: number): string {
  const url = new URL(address);
  url.searchParams.set('timestamp', String(at));
  url.searchParams.set('sign', createHmac('sha256', secret).update(`${at}\n${secret}`).digest('base64'));
  return url.href;
}

/** Feishu: `<seconds>\n<secret>` is the key, and what it signs is empty. */
function feishuSignature(secret: string | undefined, at: number): { timestamp?: string; sign?: string } {
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(at / 1000));
  return { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64') };
}
