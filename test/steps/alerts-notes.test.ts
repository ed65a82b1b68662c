import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import type { Notifier } from '../../pipelines/notify/notifier.ts';
import { commitRun } from '../../pipelines/steps/alert-store.ts';
import { acknowledgeWarning, readAcknowledgements, silenceWarnings } from '../../pipelines/steps/alerts-notes.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { warningWith } from '../notify/warning-example.ts';

let folder = '';
let lake: Lake;
let heard: string[];
let clock: string;
let sequence: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notes-'));
  lake = createFolderLake(folder);
  heard = [];
  clock = '2026-03-02T08:00:00Z';
  sequence = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const now = () => new Date(clock);
const listener: Notifier = {
  name: 'outbox',
  deliver({ id }) {
    heard.push(id);
    return Promise.resolve({ outcome: 'sent' });
  },
};

async function record(...warnings: Warning[]): Promise<void> {
  sequence++;
  const rest = { release: 'r1', through: '2026-03-02', evaluated_at: clock, parts: {} };
  await commitRun(lake, { ...rest, sequence, warnings, shards: [], upkeep: null, evaluations: [] });
}

async function deliver(at: string) {
  clock = at;
  const routes = [{ route: 'all', match: {}, to: ['outbox'] }];
  const [report] = await deliverWarnings({ lake, routes, notifiers: [listener], now });
  return report?.withheld;
}

const breached = warningWith({ id: 'breached', fingerprint: 'tmall' });
const graver = warningWith({ id: 'graver', fingerprint: 'tmall', severity: 'critical', previous_state: 'breached' });
const recovered = warningWith({
  id: 'recovered',
  fingerprint: 'tmall',
  state: 'recovered',
  previous_state: 'breached',
});
const wish = { match: { channels: ['tmall'] }, owner: 'li', reason: 'relaunch', until: '2026-03-05T00:00:00Z' };

describe('silence', () => {
  it('keeps what it matches quiet, names the reason, and lets the rest through', async () => {
    await silenceWarnings(wish, { lake, now });
    await record(breached, warningWith({ id: 'other', fingerprint: 'jd', channel_id: 'jd' }));
    expect(await deliver('2026-03-03T00:00:00Z')).toEqual({ silenced: 1 });
    expect(heard).toEqual(['other']);
  });

  it('tells a trouble that outlives it once, with its latest message', async () => {
    await silenceWarnings(wish, { lake, now });
    await record(breached, graver);
    await deliver('2026-03-03T00:00:00Z');
    await deliver('2026-03-05T00:00:00Z');
    await deliver('2026-03-06T00:00:00Z');
    expect(heard).toEqual(['graver']);
  });

  it('says nothing of a trouble that began and ended in it', async () => {
    await silenceWarnings(wish, { lake, now });
    await record(breached);
    await deliver('2026-03-03T00:00:00Z');
    await record(recovered);
    expect(await deliver('2026-03-06T00:00:00Z')).toEqual({ never_told: 1 });
    expect(heard).toEqual([]);
  });

  it('tells the end of a trouble that was known before the silence', async () => {
    await record(breached);
    await deliver('2026-03-02T09:00:00Z');
    await silenceWarnings(wish, { lake, now });
    await record(graver);
    await deliver('2026-03-03T00:00:00Z');
    await record(recovered);
    await deliver('2026-03-06T00:00:00Z');
    expect(heard).toEqual(['breached', 'recovered']);
  });

  it('needs something to match and an end that lies ahead', async () => {
    await expect(silenceWarnings({ ...wish, match: {} }, { lake, now })).rejects.toThrow(/something to match/);
    await expect(silenceWarnings({ ...wish, until: clock }, { lake, now })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('acknowledgement', () => {
  it('keeps the last word on a warning', async () => {
    await record(breached);
    await acknowledgeWarning({ warning: 'breached', by: 'li', verdict: 'noise' }, { lake, now });
    clock = '2026-03-03T08:00:00Z';
    await acknowledgeWarning({ warning: 'breached', by: 'wang', verdict: 'useful' }, { lake, now });
    expect((await readAcknowledgements(lake)).get('breached')).toMatchObject({ by: 'wang', verdict: 'useful' });
  });

  it('knows no warning by another id', async () => {
    await expect(acknowledgeWarning({ warning: 'x', by: 'li' }, { lake, now })).rejects.toThrow(
      /no warning has the id x/,
    );
  });
});
