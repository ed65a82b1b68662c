import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { type DataBehind, dataBehind } from '../../pipelines/domain/alerting/data-behind.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Calendar } from '../../pipelines/domain/calendar.ts';
import { type Inhibition, routes as routesFile, type WrittenRoute } from '../../pipelines/domain/route.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import type { Notifier } from '../../pipelines/notify/notifier.ts';
import { commitRun } from '../../pipelines/steps/alert-store.ts';
import { acknowledgeWarning } from '../../pipelines/steps/alerts-notes.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { warningWith } from '../notify/warning-example.ts';

let folder = '';
let lake: Lake;
let heard: string[];
let clock: string;
let sequence: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deliver-'));
  lake = createFolderLake(folder);
  heard = [];
  clock = '2026-03-02T08:00:00Z';
  sequence = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const now = () => new Date(clock);
function listener(name: string, heardBy: string[] = heard): Notifier {
  return {
    name,
    deliver({ id }) {
      heardBy.push(id);
      return Promise.resolve({ outcome: 'sent' });
    },
  };
}

async function record(at: string, ...warnings: Warning[]): Promise<void> {
  sequence++;
  const rest = { release: 'r1', through: '2026-03-02', evaluated_at: at, parts: {} };
  await commitRun(lake, { ...rest, sequence, warnings, shards: [], upkeep: null, evaluations: [] });
}

interface Given {
  readonly routes?: readonly WrittenRoute[];
  readonly inhibitions?: readonly Inhibition[];
  readonly behind?: DataBehind;
  readonly calendars?: ReadonlyMap<string, Calendar>;
  readonly notifiers?: readonly Notifier[];
}

async function deliver(at: string, given: Given = {}) {
  clock = at;
  const routes = [{ route: 'all', to: ['group'] }];
  const [report] = await deliverWarnings({ lake, now, routes, notifiers: [listener('group')], ...given });
  return report?.withheld;
}

const withoutData: Inhibition = {
  inhibition: 'without_data',
  parent: { states: ['no_data'] },
  child: { states: ['approaching', 'breached'] },
  equal: ['channel'],
  reason: { en: 'no data', zh: '无数据' },
};
const child = warningWith({ id: 'child', fingerprint: 'child' });
const childEnd = warningWith({ ...child, id: 'child_end', state: 'recovered', previous_state: 'breached' });
const parent = warningWith({ id: 'parent', fingerprint: 'parent', rule: 'sessions_missing', state: 'no_data' });
const parentEnd = warningWith({
  ...parent,
  id: 'parent_end',
  period: '2026-03-05',
  state: 'recovered',
  previous_state: 'no_data',
});
const given = { inhibitions: [withoutData] };

describe('inhibition', () => {
  it('mutes a child of the same run and channel, whichever comes first, and nobody else', async () => {
    const other = warningWith({ id: 'other', fingerprint: 'other', channel_id: 'jd' });
    await record(clock, child, parent, other);
    expect(await deliver(clock, given)).toEqual({ inhibited: 1 });
    expect(heard).toEqual(['parent', 'other']);
  });

  it('tells a child that outlives its parent, once', async () => {
    await record(clock, child, parent);
    await deliver('2026-03-03T08:00:00Z', given);
    await record(clock, parentEnd);
    await deliver('2026-03-05T08:00:00Z', given);
    await deliver('2026-03-06T08:00:00Z', given);
    expect(heard).toEqual(['parent', 'parent_end', 'child']);
  });

  it('says nothing of a child that is over before its parent', async () => {
    await record(clock, parent);
    await record(clock, child);
    await record(clock, childEnd);
    expect(await deliver(clock, given)).toEqual({ inhibited: 1, never_told: 1 });
    expect(heard).toEqual(['parent']);
  });

  it('looks at the time of the trouble, not at the time of the run', async () => {
    const later = warningWith({ id: 'later', fingerprint: 'child', period: '2026-03-06', since: '2026-03-06' });
    const within = warningWith({ id: 'within', fingerprint: 'within', period: '2026-03-04', since: '2026-03-04' });
    await record(clock, parent, within, parentEnd, later);
    await deliver(clock, given);
    // What is still true when the parent is over follows at the end.
    expect(heard).toEqual(['parent', 'parent_end', 'later', 'within']);
  });

  it('leaves alone who wants to hear everything', async () => {
    await record(clock, child, parent);
    await deliver(clock, { ...given, routes: [{ route: 'programs', to: ['group'], inhibited: false }] });
    expect(heard).toEqual(['child', 'parent']);
  });

  it('does not hold for a parent that was taken back', async () => {
    await record(clock, parent);
    await record(clock, warningWith({ ...parent, id: 'taken_back', state: 'corrected', previous_state: 'no_data' }));
    await record(clock, child);
    await deliver(clock, given);
    expect(heard).toEqual(['parent', 'taken_back', 'child']);
  });
});

describe('the inhibitions of the catalog', () => {
  const catalog = loadDefinitions();
  const behind = dataBehind(catalog);
  const on = { inhibitions: catalog.inhibitions, behind };
  const stale = (source: string) =>
    warningWith({
      ...{ id: source, fingerprint: source, rule: 'stale_source', kpi_id: 'deliveries', state: 'no_data' },
      dimensions: { source },
    });
  const about = (kpi_id: string, rule = `${kpi_id}_rule`) =>
    warningWith({ id: kpi_id, fingerprint: kpi_id, kpi_id, rule });

  it('mute the figures that are made of the late data, and no others', async () => {
    await record(clock, stale('survey_tmall'), about('csat'), about('conversion_rate'), about('refund_rate_paid'));
    expect(await deliver(clock, on)).toEqual({ inhibited: 1 });
    expect(heard).toEqual(['survey_tmall', 'conversion_rate', 'refund_rate_paid']);
  });

  it('mute a ratio of which either side is late', async () => {
    await record(clock, stale('tmall_traffic'), about('conversion_rate'), about('cancel_rate'));
    await deliver(clock, on);
    expect(heard).toEqual(['tmall_traffic', 'cancel_rate']);
  });

  it('make one message of a late file and the days that it lacks, not of another file', async () => {
    const missing = warningWith({ ...about('sessions', 'sessions_missing'), state: 'no_data' });
    await record(clock, stale('tmall_traffic'), missing);
    await deliver(clock, on);
    expect(heard).toEqual(['tmall_traffic']);
    await record(clock, warningWith({ ...stale('survey_jd'), channel_id: 'jd' }), {
      ...missing,
      id: 'jd',
      channel_id: 'jd',
      fingerprint: 'jd',
    });
    await deliver(clock, on);
    expect(heard).toEqual(['tmall_traffic', 'survey_jd', 'jd']);
  });

  it('hold where nobody knows what a figure is made of', async () => {
    await record(clock, stale('survey_tmall'), about('a_figure_that_is_gone'));
    expect(await deliver(clock, on)).toEqual({ inhibited: 1 });
  });
});

describe('mute times', () => {
  const night = { time_zone: 'Asia/Shanghai', hours: [{ from: '22:00', to: '08:00' }] };
  const routes = [{ route: 'service', to: ['group'], mute: night }];

  it('keep a warning until the morning, in the zone of the people', async () => {
    await record(clock, child);
    // 15:00 UTC is 23:00 in Shanghai, 23:59 UTC is 07:59 there.
    expect(await deliver('2026-03-02T15:00:00Z', { routes })).toEqual({ muted: 1 });
    await deliver('2026-03-02T23:59:00Z', { routes });
    expect(heard).toEqual([]);
    await deliver('2026-03-03T00:00:00Z', { routes });
    expect(heard).toEqual(['child']);
  });

  it('let critical warnings through', async () => {
    await record(clock, warningWith({ ...child, severity: 'critical' }));
    await deliver('2026-03-02T15:00:00Z', { routes });
    expect(heard).toEqual(['child']);
  });

  it('tell an end in the morning to those who heard of the beginning', async () => {
    await record(clock, child);
    await deliver('2026-03-02T08:00:00Z', { routes });
    await record(clock, childEnd);
    await deliver('2026-03-02T20:00:00Z', { routes });
    expect(heard).toEqual(['child']);
    await deliver('2026-03-03T02:00:00Z', { routes });
    expect(heard).toEqual(['child', 'child_end']);
  });

  it('know weekdays and calendars', async () => {
    const calendars = new Map([
      ['feast', { calendar: 'feast', title: { en: '', zh: '' }, days: [{ from: '03-03', to: '03-03' }] }],
    ]);
    const rest = { time_zone: 'UTC', weekdays: [7], calendars: ['feast'] };
    const resting = [{ route: 'people', to: ['group'], mute: rest }];
    await record(clock, child);
    // 1 March 2026 is a Sunday.
    expect(await deliver('2026-03-01T12:00:00Z', { routes: resting, calendars })).toEqual({ muted: 1 });
    await deliver('2026-03-03T12:00:00Z', { routes: resting, calendars });
    expect(heard).toEqual([]);
    await deliver('2026-03-04T12:00:00Z', { routes: resting, calendars });
    expect(heard).toEqual(['child']);
  });
});

describe('reminders', () => {
  const routes = [{ route: 'people', to: ['group'], repeat_after_hours: 24 }];

  it('repeat what lasts, until somebody acknowledges it', async () => {
    await record(clock, child);
    for (const at of ['02T09', '02T20', '03T09', '03T10', '04T09']) await deliver(`2026-03-${at}:00:00Z`, { routes });
    expect(heard).toEqual(['child', 'child-reminder-1', 'child-reminder-2']);
    await acknowledgeWarning({ warning: 'child', by: 'li' }, { lake, now });
    await deliver('2026-03-09T09:00:00Z', { routes });
    expect(heard).toHaveLength(3);
  });

  it('make nobody hear of states that no route brings', async () => {
    const only = [{ ...routes[0], route: 'people', to: ['group'], match: { states: ['breached' as const] } }];
    await record(clock, child);
    await deliver('2026-03-02T09:00:00Z', { routes: only });
    await record(clock, warningWith({ ...child, id: 'better', state: 'recovering', previous_state: 'breached' }));
    expect(await deliver('2026-03-02T10:00:00Z', { routes: only })).toEqual({ not_routed: 1 });
    expect(heard).toEqual(['child']);
  });

  it('end with the trouble', async () => {
    await record(clock, child);
    await deliver('2026-03-02T09:00:00Z', { routes });
    await record(clock, childEnd);
    await deliver('2026-03-03T12:00:00Z', { routes });
    await deliver('2026-03-09T12:00:00Z', { routes });
    expect(heard).toEqual(['child', 'child_end']);
  });
});

describe('escalation', () => {
  const routes = [{ route: 'people', to: ['group'], escalate: [{ after_hours: 8, to: ['head'] }] }];
  const notifiers = () => [listener('head')];

  it('tells the next in line of what nobody has acknowledged, and then its end', async () => {
    await record('2026-03-02T08:00:00Z', child);
    await deliver('2026-03-02T15:59:00Z', { routes, notifiers: notifiers() });
    expect(heard).toEqual([]);
    await deliver('2026-03-02T16:00:00Z', { routes, notifiers: notifiers() });
    await deliver('2026-03-04T16:00:00Z', { routes, notifiers: notifiers() });
    await record('2026-03-05T08:00:00Z', childEnd);
    await deliver('2026-03-05T08:00:00Z', { routes, notifiers: notifiers() });
    expect(heard).toEqual(['child-escalated', 'child_end']);
  });

  it('tells nothing of what was acknowledged or over in time', async () => {
    const other = warningWith({ id: 'other', fingerprint: 'other' });
    await record('2026-03-02T08:00:00Z', child, other);
    await deliver('2026-03-02T09:00:00Z', { routes, notifiers: notifiers() });
    await acknowledgeWarning({ warning: 'other', by: 'li' }, { lake, now });
    await record('2026-03-02T10:00:00Z', childEnd);
    await deliver('2026-03-03T16:00:00Z', { routes, notifiers: notifiers() });
    expect(heard).toEqual([]);
  });
});

describe('grouping', () => {
  it('tells the warnings of one owner and run as one, and resumes behind the groups that were told', async () => {
    const groups: string[][] = [];
    let fails = false;
    const grouping: Notifier = {
      ...listener('group'),
      deliverGroup(warnings) {
        if (fails) return Promise.resolve({ outcome: 'retry', reason: 'busy' });
        groups.push(warnings.map(({ id }) => id));
        fails = true;
        return Promise.resolve({ outcome: 'sent' });
      },
    };
    const of = (id: string, owner: string) => warningWith({ id, owner, fingerprint: id });
    await record(clock, of('a1', 'a'), of('b1', 'b'), of('a2', 'a'), of('b2', 'b'), of('c1', 'c'));
    await deliver(clock, { notifiers: [grouping] });
    fails = false;
    await deliver(clock, { notifiers: [grouping] });
    expect(groups).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
    // One alone needs no group.
    expect(heard).toEqual(['c1']);
  });
});

describe('routes as data', () => {
  it('names what is wrong in mute times', () => {
    const mute = { time_zone: 'UTC', hours: [{ from: '25:00', to: '08:00' }] };
    expect(() => routesFile.parse({ routes: [{ route: 'a', to: ['b'], mute }] })).toThrow(/HH:MM/);
  });
});
