import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { watermarkOf } from '../../pipelines/domain/alerting/stale-source.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { beat, takePulse } from '../../pipelines/steps/alerts-heartbeat.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { evaluateUpkeep } from '../../pipelines/steps/evaluate-upkeep.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { tableSession } from '../fixtures/table-session.ts';
import { kpiRelease } from './kpi-release.ts';

const catalog = loadDefinitions();
const quiet: Definitions = { ...catalog, thresholds: new Map() };
const policy = catalog.upkeep.stale_source;

/** A release in which files of one source end on these days. */
async function deliveries(ends: readonly string[], status = 'accepted'): Promise<ReleaseSession> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(
    'create table exports_received (source varchar, channel_id varchar, status varchar, max_date date)',
  );
  for (const end of ends) {
    await connection.run(`insert into exports_received values ('tmall_orders', 'tmall', '${status}', '${end}')`);
  }
  const release = { version: 1, id: 'r1', as_of: ends.at(-1), parts: { exports_received: [] } } as unknown as Release;
  return tableSession(connection, release);
}

const weekly = ['2026-03-01', '2026-03-08', '2026-03-15', '2026-03-22', '2026-03-29'];
const daily = ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'];
const watermark = (ends: readonly string[], today: string) =>
  watermarkOf({ source: 's', channel_id: 'c', ends }, today, policy);

describe('watermark of a source', () => {
  it('is late by its own habit: a daily file after three days, a weekly one after two weeks', () => {
    expect(watermark(daily, '2026-03-07')?.stale_since).toBeNull();
    expect(watermark(daily, '2026-03-08')).toEqual({ through: '2026-03-05', usual_days: 1, stale_since: '2026-03-08' });
    expect(watermark(weekly, '2026-04-11')?.stale_since).toBeNull();
    expect(watermark(weekly, '2026-04-20')).toEqual({
      through: '2026-03-29',
      usual_days: 7,
      stale_since: '2026-04-12',
    });
  });

  it('knows no habit from three files, and takes a long silence for the end', () => {
    expect(watermark(weekly.slice(0, 3), '2026-04-20')?.stale_since).toBeNull();
    expect(watermark(daily, '2026-05-06')?.stale_since).toBe('2026-03-08');
    expect(watermark(daily, '2026-05-07')?.stale_since).toBeNull();
  });

  it('looks at no file that ends after the day', () => {
    expect(watermark([...daily, '2026-04-20'], '2026-03-08')?.stale_since).toBe('2026-03-08');
  });
});

describe('upkeep', () => {
  it('tells of a late source once, and that it is back', async () => {
    const look = async (ends: readonly string[], through: string, states = {}) => {
      const session = await deliveries(ends);
      const known = states instanceof Map ? states : new Map();
      return evaluateUpkeep({ session, definitions: quiet, states: known, through, today: '2026-04-01' });
    };
    const late = await look(daily, '2026-03-09');
    expect(late.warnings).toHaveLength(1);
    expect(late.warnings[0]).toMatchObject({
      rule: 'stale_source',
      state: 'no_data',
      channel_id: 'tmall',
      period: '2026-03-08',
      dimensions: { source: 'tmall_orders' },
      runbook: 'source_outage',
    });
    expect(late.warnings[0]?.text.en).toContain('the data end on 2026-03-05');
    const still = await look(daily, '2026-03-10', late.states);
    expect(still.warnings).toEqual([]);
    const back = await look([...daily, '2026-03-10'], '2026-03-10', still.states);
    expect(back.warnings).toHaveLength(1);
    expect(back.warnings[0]).toMatchObject({ state: 'recovered', previous_state: 'no_data', since: '2026-03-08' });
    expect(back.warnings[0]?.fingerprint).toBe(late.warnings[0]?.fingerprint);
  });

  it('counts a refused file as none', async () => {
    const session = await deliveries(daily, 'refused');
    const looked = await evaluateUpkeep({
      ...{ session, definitions: quiet, states: new Map(), through: '2026-03-09', today: '2026-04-01' },
    });
    expect(looked.warnings).toEqual([]);
  });

  it('tells the owner of a rule that its review is overdue, once, and when it was done', async () => {
    const rules = (review_by: string) => {
      const rule = ruleWith({ kind: 'fixed', side: 'below', marks: { warning: 1 }, review_by });
      return { ...catalog, thresholds: new Map([[rule.threshold, rule]]) };
    };
    const look = async (review_by: string, today: string, states = new Map()) =>
      evaluateUpkeep({
        ...{ session: await kpiRelease([], '2026-03-05'), through: '2026-03-05' },
        ...{ definitions: rules(review_by), states, today },
      });
    expect((await look('2026-04-01', '2026-04-01')).warnings).toEqual([]);
    const overdue = await look('2026-04-01', '2026-04-05');
    expect(overdue.warnings[0]).toMatchObject({
      ...{ rule: 'overdue_review', owner: 'channel_operations', state: 'breached', severity: 'approaching' },
      ...{ period: '2026-04-02', dimensions: { rule: 'rule_under_test' }, runbook: 'threshold_review' },
    });
    const again = await look('2026-04-01', '2026-04-06', new Map(overdue.states));
    expect(again.warnings).toEqual([]);
    const done = await look('2026-10-01', '2026-04-07', new Map(again.states));
    expect(done.warnings.map(({ state, period }) => [state, period])).toEqual([['recovered', '2026-04-07']]);
  });
});

describe('a rule whose KPI the release does not know', () => {
  it('is an error that its owner hears of once, and of its end after the next build', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run("create table kpi_definitions as select 'orders' as kpi_id");
    const release = { version: 1, id: 'r1', as_of: '2026-03-05', parts: { kpi_definitions: [] } } as unknown as Release;
    const session = tableSession(connection, release);
    const rule = ruleWith({ kind: 'fixed', side: 'below', marks: { warning: 1 } });
    const definitions = { ...catalog, thresholds: new Map([[rule.threshold, rule]]) };
    const look = (today: string, states = new Map()) =>
      evaluateUpkeep({ session, definitions, states, through: '2026-03-05', today });
    const blind = await look('2026-03-06');
    expect(blind.warnings).toMatchObject([
      {
        ...{
          rule: 'blind_rule',
          state: 'error',
          previous_state: 'ok',
          period: '2026-03-06',
          owner: 'channel_operations',
        },
        text: {
          en: 'The rule rule_under_test cannot be evaluated: this release does not know the KPI conversion_rate.',
        },
        suggestion: { en: 'Build again: `tidemark build`.' },
      },
    ]);
    const next = await look('2026-03-07', new Map(blind.states));
    expect(next.warnings).toEqual([]);
    await connection.run("insert into kpi_definitions values ('conversion_rate')");
    const mended = await look('2026-03-08', new Map(next.states));
    expect(mended.warnings).toMatchObject([{ state: 'recovered', previous_state: 'error', since: '2026-03-06' }]);
    await session.close();
  });
});

describe('heartbeat', () => {
  let folder = '';
  let lake: Lake;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heartbeat-'));
    lake = createFolderLake(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('beats with every evaluation, also where nothing is new', async () => {
    const session = await kpiRelease([], '2026-03-05');
    for (const at of ['2026-03-05T06:00:00Z', '2026-03-06T06:00:00Z']) {
      await evaluateThresholds({}, { lake, session, definitions: quiet, now: () => new Date(at) });
    }
    const pulse = await takePulse(26, { lake, now: () => new Date('2026-03-07T07:59:00Z') });
    expect(pulse).toMatchObject({ is_alive: true, last: { at: '2026-03-06T06:00:00.000Z', through: '2026-03-05' } });
  });

  it('is an alarm after the hours that the catalog says, and before the first evaluation', async () => {
    expect((await takePulse(26, { lake, now: () => new Date(0) })).is_alive).toBe(false);
    await beat({ lake, now: () => new Date('2026-03-06T06:00:00Z') }, { release: 'r1', through: null });
    expect(await takePulse(26, { lake, now: () => new Date('2026-03-07T08:00:00Z') })).toMatchObject({
      is_alive: false,
      hours_since: 26,
    });
  });
});
