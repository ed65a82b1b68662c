import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createRobotNotifier, type Robot } from '../../pipelines/notify/robot-notifier.ts';
import { forwardWarnings } from '../../pipelines/steps/forward-warnings.ts';
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
    const turns = Array.from({ length: 60 }, (_, index) => now().getTime() + 61_000 * Math.floor(index / 20));
    await lake.swap('alerts/paces/dingtalk.json', Buffer.from(JSON.stringify(turns)), undefined);
    await expect(forward(0, 'dingtalk')).rejects.toMatchObject({ name: 'DeliveryError', retryable: true });
    expect(platforms.asked).toEqual([]);
    ahead = 200_000;
    expect(await forward(0, 'dingtalk')).toMatchObject({ sent: 1 });
  });
});
