import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import type { Notifier, RunGroup } from '../../pipelines/notify/notifier.ts';
import { createRobotNotifier } from '../../pipelines/notify/robot-notifier.ts';
import { commitRun } from '../../pipelines/steps/alert-store.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { type ForwardedMessage, forwardWarnings } from '../../pipelines/steps/forward-warnings.ts';
import { type Platforms, secret, startPlatforms } from '../notify/robot-platforms.ts';
import { warningWith } from '../notify/warning-example.ts';

const now = () => new Date('2026-03-02T08:00:00Z');
const token = 'token-that-nobody-may-see';
const ports = () => ({ lake, now, wait: () => Promise.reject(new Error('nothing has to wait here')) });

let folder: string;
let lake: Lake;
let platforms: Platforms;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forward-'));
  lake = createFolderLake(folder);
  platforms = await startPlatforms(now);
});
afterEach(async () => {
  platforms.close();
  await rm(folder, { recursive: true, force: true });
});

function robots(...paths: string[]): Notifier[] {
  return paths.map((path) =>
    createRobotNotifier(
      {
        name: `robot-${path}`,
        kind: 'dingtalk',
        url: `${platforms.base}/${path}?access_token=${token}`,
        secret,
        language: 'en',
      },
      { now },
    ),
  );
}

/** Records one run and delivers it to a topic, whose messages it returns. */
async function publish(...warnings: Warning[]): Promise<ForwardedMessage[]> {
  const rest = { release: 'r1', through: '2026-03-02', evaluated_at: now().toISOString(), parts: {} };
  await commitRun(lake, { ...rest, sequence: 1, warnings, shards: [], upkeep: null, evaluations: [] });
  const messages: ForwardedMessage[] = [];
  const topic: Notifier = {
    name: 'sns',
    deliver(warning: Warning, group?: RunGroup) {
      messages.push({ warning, group });
      return Promise.resolve({ outcome: 'sent' });
    },
  };
  await deliverWarnings({ lake, now, routes: [{ route: 'programs', to: ['sns'] }], notifiers: [topic] });
  return messages;
}

const of = (id: string, own: Partial<Warning> = {}) =>
  warningWith({ id, fingerprint: id, text: { en: `It is ${id}.`, zh: id }, ...own });
const told = () => platforms.told.map(({ body }) => (body.markdown.text.match(/It is (\w+)/g) ?? []).join(' '));

describe('forwarding', () => {
  it('tells a group once of what belongs together, whichever message comes first and however often', async () => {
    const messages = await publish(of('a1'), of('b1', { owner: 'service' }), of('a2'), of('a3'));
    const [a1, b1, a2, a3] = messages;
    for (const message of [a2, b1, a1, a3, a2, b1])
      await forwardWarnings(message ? [message] : [], { ...ports(), robots: robots('dingtalk') });
    expect(told()).toEqual(['It is a2 It is a1 It is a3', 'It is b1']);
  });

  it('tells no group of what its topic does not carry', async () => {
    const [near] = await publish(of('near', { severity: 'approaching', state: 'approaching' }), of('past'));
    await forwardWarnings(near ? [near] : [], { ...ports(), robots: robots('dingtalk') });
    expect(told()).toEqual(['It is near']);
  });

  it('tells each robot for itself; one that is busy is told later, and the others not again', async () => {
    const messages = await publish(of('a1'), of('a2'));
    const busy = robots('dingtalk', 'busy-dingtalk');
    const failure = await forwardWarnings(messages, { ...ports(), robots: busy }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'DeliveryError', retryable: true });
    expect(JSON.stringify({ ...(failure as Error), message: (failure as Error).message })).not.toMatch(
      /token|127\.0\.0\.1|SEC/,
    );
    expect(await forwardWarnings(messages, { ...ports(), robots: robots('dingtalk') })).toEqual({
      sent: 0,
      repeated: 2,
      given_up: [],
    });
    expect(told()).toEqual(['It is a1 It is a2']);
  });

  it('puts a storm of warnings into so few messages that no platform asks to slow down', async () => {
    const storm = Array.from({ length: 60 }, (_, index) => of(`w${index}`));
    for (const message of await publish(...storm))
      await forwardWarnings([message], { ...ports(), robots: robots('dingtalk') });
    expect([platforms.told.length, platforms.asked.length]).toEqual([1, 1]);
  });

  it('tells a reminder, which no evaluation holds, by itself', async () => {
    await publish(of('a1'), of('a2'));
    const reminder = of('a1-reminder-1', { reminder_of: 'a1' });
    await forwardWarnings([{ warning: reminder }], { ...ports(), robots: robots('dingtalk') });
    expect(platforms.told).toHaveLength(1);
  });

  it('names what a robot will never take, and goes on', async () => {
    const messages = await publish(of('a1'));
    const report = await forwardWarnings(messages, { ...ports(), robots: robots('gone', 'dingtalk') });
    expect(report).toEqual({ sent: 1, repeated: 0, given_up: ['robot-gone: dingtalk answers 404'] });
  });
});
