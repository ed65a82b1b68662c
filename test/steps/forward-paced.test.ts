import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createRobotNotifier, type Robot } from '../../pipelines/notify/robot-notifier.ts';
import { forwardWarnings } from '../../pipelines/steps/forward-warnings.ts';
import { pauseTurns } from '../../pipelines/steps/take-turn.ts';
import { type Platforms, secret, startPlatforms } from '../notify/robot-platforms.ts';
import { warningWith } from '../notify/warning-example.ts';

let folder: string;
let lake: Lake;
let platforms: Platforms;
/** Milliseconds that the clock of sender and platform is ahead of where it began; undefined: the real one. */
let ahead: number | undefined;
const now = () => (ahead === undefined ? new Date() : new Date(Date.parse('2026-03-02T08:00:00Z') + ahead));
const wait = async (milliseconds: number) => {
  if (ahead === undefined) await sleep(milliseconds);
  else ahead += milliseconds;
};
beforeEach(async () => {
  ahead = 0;
  folder = await mkdtemp(join(tmpdir(), 'paced-'));
  lake = createFolderLake(folder);
  platforms = await startPlatforms(now);
});
afterEach(async () => {
  platforms.close();
  await rm(folder, { recursive: true, force: true });
});

const robot = (kind: Robot['kind'], path: string = kind) =>
  createRobotNotifier({ name: kind, kind, url: `${platforms.base}/${path}`, secret, language: 'en' }, { now });
const warnings = (count: number) => Array.from({ length: count }, (_, index) => warningWith({ id: `w${index}` }));
const forward = (index: number, kind: Robot['kind'], path?: string) =>
  forwardWarnings([{ warning: warningWith({ id: `w${index}` }) }], { lake, now, wait, robots: [robot(kind, path)] });

describe('forwarding at the pace of a platform', () => {
  // Messages by themselves, as reminders are: nothing joins them. Seconds are those that the limits cost at least.
  it.each([
    ['dingtalk', 45, 120],
    ['wecom', 45, 120],
    ['feishu', 104, 60],
    ['strict-slack', 5, 4],
  ] as const)('%s is never asked too fast, and told everything once', async (path, count, seconds) => {
    const kind = path === 'strict-slack' ? 'slack' : path;
    for (const [index] of warnings(count).entries()) {
      expect(await forward(index, kind, path)).toMatchObject({ sent: 1 });
      expect(await forward(index, kind, path)).toMatchObject({ sent: 0, repeated: 1 });
    }
    expect([platforms.asked.length, platforms.told.length]).toEqual([count, count]);
    expect(Number(ahead)).toBeGreaterThanOrEqual(seconds * 1000);
    expect(Number(ahead)).toBeLessThan(seconds * 1000 * 1.5);
  });

  it('keeps to it with several senders at once, by the clock on the wall', async () => {
    ahead = undefined;
    const reports = await Promise.all(warnings(8).map((_, index) => forward(index, 'feishu')));
    expect(reports.map(({ sent }) => sent)).toEqual(Array(8).fill(1));
    expect([platforms.asked.length, platforms.told.length]).toEqual([8, 8]);
  });

  it('leaves a message to a later try where its turn is far away', async () => {
    // As a version without pauses left it: twelve minutes full of turns.
    const turns = Array.from({ length: 240 }, (_, index) => now().getTime() + 61_000 * Math.floor(index / 20));
    await lake.swap('alerts/paces/dingtalk.json', Buffer.from(JSON.stringify(turns)), undefined);
    await expect(forward(0, 'dingtalk')).rejects.toMatchObject({ name: 'DeliveryError', retryable: true });
    expect(platforms.asked).toEqual([]);
    ahead = 740_000;
    expect(await forward(0, 'dingtalk')).toMatchObject({ sent: 1 });
  });
});

describe('a platform that asks for a pause', () => {
  /** Somebody else writes to the group by the same robot, as fast as it takes. */
  const others = async () => {
    const other = robot('dingtalk');
    for (const warning of warnings(20)) await other.deliver(warning);
    expect(platforms.told).toHaveLength(20);
  };
  const pauses = () => expect.objectContaining({ name: 'DeliveryError', retryable: true });

  it('is left alone for the ten minutes of DingTalk, and then told everything once', async () => {
    await others();
    // Each refusal is tried again a minute later, as Lambda does it; the other messages come in between.
    await expect(forward(20, 'dingtalk')).rejects.toEqual(pauses());
    expect([platforms.asked.length, ahead]).toEqual([21, 0]);
    for (const index of [20, 21, 22, 20, 21]) {
      ahead = Number(ahead) + 60_000;
      await forward(index, 'dingtalk');
    }
    // Nobody was refused again: 302 would have been the answer, and ten minutes more.
    expect([platforms.asked.length, platforms.told.length]).toEqual([24, 23]);
    expect(Number(platforms.asked[21]?.at) - Number(platforms.asked[20]?.at)).toBe(605_000);
  });

  it('is left alone by a process that was waiting for its turn already', async () => {
    const turns = Array.from({ length: 20 }, () => now().getTime());
    await lake.swap('alerts/paces/dingtalk.json', Buffer.from(JSON.stringify({ turns, not_before: 0 })), undefined);
    const refusedMeanwhile = async (milliseconds: number) => {
      if (ahead === 0) await pauseTurns('dingtalk', now().getTime() + 300_000, { lake });
      await wait(milliseconds);
    };
    const ports = { lake, now, wait: refusedMeanwhile, robots: [robot('dingtalk')] };
    await forwardWarnings([{ warning: warningWith({ id: 'w0' }) }], ports);
    expect(platforms.told.map(({ at }) => at - Date.parse('2026-03-02T08:00:00Z'))).toEqual([300_000]);
  });

  it.each([
    ['slack', 45_000],
    ['dingtalk', 605_000],
    ['wecom', 61_000],
    ['feishu', 61_000],
  ] as const)('%s is asked again when its pause is over, not before', async (kind, pauseMs) => {
    await expect(forward(0, kind, `busy-${kind}`)).rejects.toEqual(pauses());
    await expect(forward(0, kind, `busy-${kind}`)).rejects.toEqual(pauses());
    const [first, second] = platforms.asked;
    expect(Number(second?.at) - Number(first?.at)).toBe(pauseMs);
  });
});
