import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import type { Threshold } from '../../pipelines/domain/threshold.ts';
import { thresholdFaults } from '../../pipelines/domain/threshold-faults.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { backtestRule } from '../../pipelines/steps/alerts-backtest.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { listWarnings } from '../../pipelines/steps/list-warnings.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { tableSession } from '../fixtures/table-session.ts';
import { type KpiRow, kpiRelease } from './kpi-release.ts';

const catalog = loadDefinitions();
const stopped = ruleWith(
  {
    ...{ kind: 'same_weekday', weeks: 4, side: 'below', floor: 5, recover_after: 1 },
    ...{ marks: { critical: 0.05, warning: 0.25, approach: 0.5, recover: 0.6 }, for: { at_least: 2, of: 2 } },
  },
  { threshold: 'stopped', kpi: 'orders', grain: 'hour' },
);

/** Hours of one channel from a day on, each day with the same hours unless told otherwise. */
function hours(from: string, days: readonly (readonly (number | null)[])[], channel = 'tmall'): KpiRow[] {
  return days.flatMap((figures, day) =>
    figures.flatMap((numerator, hour) => {
      if (numerator === null) return [];
      const business_date = addDays(from, day);
      return [{ kpi_id: 'orders', channel_id: channel, business_date, hour, numerator, denominator: null }];
    }),
  );
}

/** Ten orders an hour from eight to eight. */
const usual: readonly number[] = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 20 ? 10 : 0));
const fourWeeks = Array.from({ length: 28 }, () => usual);
/** 2026-02-02 was a Monday, and so is the day after four weeks. */
const monday = '2026-02-02';
const today = '2026-03-02';
/** Ten at eight and nine, then nothing. */
const stop = usual.map((orders, hour) => (hour < 10 ? orders : 0));

let folder = '';
let lake: Lake;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hours-'));
  lake = createFolderLake(join(folder, 'lake'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** First days that hours were asked of, as the engine got them. */
let askedFrom: string[] = [];
async function evaluate(rows: readonly KpiRow[], asOf = today, rules: readonly Threshold[] = [stopped]) {
  const opened = await kpiRelease(rows, asOf);
  const session: ReleaseSession = {
    release: opened.release,
    query(sql, parameters = []) {
      const first = parameters.map(String).filter((one) => /^\d{4}-\d\d-\d\d$/.test(one));
      if (sql.includes('kpi_hourly')) askedFrom.push(first.toSorted()[0] ?? '');
      return opened.query(sql, parameters);
    },
    queryNumbers: (sql, parameters) => opened.queryNumbers(sql, parameters),
    exportTo: (sql, file, format) => opened.exportTo(sql, file, format),
    close: () => opened.close(),
  };
  const definitions = { ...catalog, thresholds: new Map(rules.map((rule) => [rule.threshold, rule])) };
  const now = () => new Date('2026-03-02T12:00:00Z');
  const result = await evaluateThresholds({}, { lake, session, definitions, now });
  await session.close();
  return result;
}

const inShort = (warnings: readonly { period: string; state: string; severity: string }[]) =>
  warnings.map(({ period, state, severity }) => `${period} ${state} ${severity}`);

describe('rules by the hour', () => {
  it('warn once, in words of the channel’s own clock, and tell the recovery with its hours', async () => {
    const known = (figures: readonly number[], until: number) =>
      figures.map((one, hour) => (hour < until ? one : null));
    const at = async (figures: readonly number[], until: number) =>
      await evaluate(hours(monday, [...fourWeeks, known(figures, until)]));
    expect((await at(stop, 11)).warnings).toEqual([]);
    const { warnings } = await at(stop, 12);
    expect(inShort(warnings)).toEqual(['2026-03-02T11:00 breached critical']);
    expect(warnings[0]).toMatchObject({
      ...{ grain: 'hour', time_zone: 'Asia/Shanghai', channel_id: 'tmall', value: 0, expected: 10, mark: 0.5 },
      ...{ since: '2026-03-02T11:00', time_to_breach: null, report_path: '/channels/tmall/' },
    });
    expect(warnings[0]?.text).toEqual({
      en: 'Orders, Tmall flagship store: 0 between 11:00 and 12:00 on 2026-03-02, 100% below the usual Monday at that hour (expected 10), past the critical mark of 1.',
      zh: '天猫旗舰店的订单数：2026-03-02 11:00–12:00 为 0，比往常星期一的同一时段低 100%（预期 10），已越过严重线 1。',
    });
    expect((await at(stop, 12)).run).toBeNull();
    expect((await at(stop, 14)).warnings).toEqual([]);
    const after = await at(stop.with(14, 9), 15);
    expect(inShort(after.warnings)).toEqual(['2026-03-02T14:00 recovered critical']);
    expect(after.warnings[0]?.text).toEqual({
      en: 'Orders, Tmall flagship store: back to normal between 14:00 and 15:00 on 2026-03-02, after 3 hours; the trouble began at 11:00 on 2026-03-02.',
      zh: '天猫旗舰店的订单数：2026-03-02 14:00–15:00 已恢复正常，异常始于 2026-03-02 11:00，持续 3 小时。',
    });
    expect((await listWarnings(lake)).length).toBe(2);
  });

  it('take back what late orders overturn', async () => {
    await evaluate(hours(monday, [...fourWeeks, stop]));
    const filled = hours(monday, [...fourWeeks, usual]);
    const { warnings } = await evaluate(filled);
    expect(inShort(warnings)).toEqual(['2026-03-02T11:00 corrected critical']);
    expect(warnings[0]?.text.en).toContain('later data changed the verdict on the hour from 11:00 on 2026-03-02');
  });

  it('keep what was said of hours that are forgotten', async () => {
    await evaluate(hours(monday, [...fourWeeks, stop, usual]), addDays(today, 1));
    const later = Array.from({ length: 40 }, () => usual);
    const rows = hours(monday, [...fourWeeks, stop, usual, ...later]).filter(
      (row) => row.business_date >= '2026-04-01',
    );
    const { warnings } = await evaluate(rows, '2026-04-12');
    expect(warnings).toEqual([]);
    expect(inShort(await listWarnings(lake))).toEqual([
      '2026-03-02T11:00 breached critical',
      '2026-03-03T08:00 recovered critical',
    ]);
  });

  it('are read no farther back for months that are forgotten', async () => {
    const days = Array.from({ length: 71 }, () => usual);
    await evaluate(hours(monday, days.slice(0, -1)), '2026-04-12');
    askedFrom = [];
    // February is gone, and April has a day more: April is judged again, with 56 days and 9 hours before it.
    const rows = hours(monday, days).filter((row) => row.business_date >= '2026-03-01');
    const { warnings, outcomes } = await evaluate(rows, '2026-04-13');
    expect([warnings, outcomes]).toEqual([[], expect.objectContaining({ clear: 12 })]);
    expect(askedFrom).toEqual(['2026-02-03']);
  });

  it('are not closed by a night in which nothing is usual', async () => {
    const { warnings } = await evaluate(hours(monday, [...fourWeeks, stop, stop, usual]), addDays(today, 2));
    expect(inShort(warnings)).toEqual([
      '2026-03-02T11:00 breached critical',
      // Eight and nine on the second day are as ever; then it stops again.
      '2026-03-03T08:00 recovered critical',
      '2026-03-03T11:00 breached critical',
      '2026-03-04T08:00 recovered critical',
    ]);
  });

  it('are replayed on history', async () => {
    const session = await kpiRelease(hours(monday, [...fourWeeks, stop, usual]), addDays(today, 1));
    const { warnings } = await backtestRule(
      { rule: stopped, from: today, to: today },
      { session, definitions: catalog },
    );
    expect(inShort(warnings)).toEqual(['2026-03-02T11:00 breached critical']);
    await session.close();
  });
});

describe('a release that was built before there were hours', () => {
  it('is judged as far as it goes, and the owner of the rule hears of it', async () => {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run("create table kpi_definitions as select 'orders' as kpi_id");
    const release = { version: 1, id: 'r1', as_of: today, parts: { kpi_definitions: [] } } as unknown as Release;
    const session = tableSession(connection, release);
    const definitions = { ...catalog, thresholds: new Map([[stopped.threshold, stopped]]) };
    const now = () => new Date('2026-03-02T12:00:00Z');
    const { warnings } = await evaluateThresholds({}, { lake, session, definitions, now });
    await session.close();
    expect(warnings.map(({ rule, state, text }) => [rule, state, text.en])).toEqual([
      [
        'blind_rule',
        'error',
        'The rule stopped cannot be evaluated: this release does not know the KPI orders by the hour.',
      ],
    ]);
  });
});

describe('a rule by the hour in the catalog', () => {
  const faultsOf = (version: Record<string, unknown>, rule: Record<string, unknown> = {}) => {
    const tested = ruleWith(version, { kpi: 'orders', grain: 'hour', ...rule });
    const thresholds = new Map([[tested.threshold, tested]]);
    return thresholdFaults({ ...catalog, thresholds }).map(({ field, text }) => `${field}: ${text}`);
  };
  const fixed = { kind: 'fixed', side: 'below', marks: { warning: 1 } };

  it.each([
    [
      'a KPI that has no hours',
      fixed,
      { kpi: 'conversion_rate' },
      /^grain: conversion_rate is not worked out by the hour/,
    ],
    ['a chain of one', fixed, { chain: ['sessions'] }, /^grain: sessions is not worked out by the hour/],
    ['all channels together', fixed, { channels: 'all' }, /^channels: .*no clock of their own/],
    ['presence', { kind: 'presence' }, {}, /^versions\.0\.kind: .*use grain: day/],
    ['last year', { ...fixed, kind: 'last_year' }, {}, /^versions\.0\.kind: hours are kept for 12 weeks/],
    ['too long a memory', { ...fixed, kind: 'same_weekday', weeks: 13 }, {}, /^versions\.0\.weeks: /],
    ['members', fixed, { dimension: 'region' }, /^dimension: members have daily figures only/],
  ])('may not ask for %s', (_what, version, rule, expected) => {
    expect(faultsOf(version, rule)).toEqual([expect.stringMatching(expected)]);
  });

  it('is sound otherwise', () => {
    expect(faultsOf(fixed)).toEqual([]);
    expect(faultsOf({ ...fixed, kind: 'same_weekday', weeks: 12 }, { kpi: 'gross_sales', chain: ['orders'] })).toEqual(
      [],
    );
  });
});
