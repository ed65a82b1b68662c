import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import { backtestRule, readRule } from '../../pipelines/steps/alerts-backtest.ts';
import { lowRule } from '../domain/alerting/rules.ts';
import { kpiRelease } from './kpi-release.ts';

const present = lowRule({ marks: { warning: 0.02, recover: 0.03 } });
const definitions = { ...loadDefinitions(), thresholds: new Map([[present.threshold, present]]) };

const release = () =>
  kpiRelease(
    [40, 22, 40, 40, 19, 40, 40, 21].map((numerator, index) => ({
      kpi_id: 'conversion_rate',
      channel_id: 'tmall',
      business_date: addDays('2026-03-01', index),
      numerator,
      denominator: 1000,
    })),
    '2026-03-08',
  );

const inShort = (warnings: readonly { period: string; state: string }[]) =>
  warnings.map(({ period, state }) => `${period} ${state}`);

describe('backtest', () => {
  it('shows what a proposed mark would have sent beside what the present one sends', async () => {
    const session = await release();
    const rule = lowRule({ marks: { warning: 0.021, recover: 0.03 } });
    const result = await backtestRule({ rule, from: '2026-03-05' }, { session, definitions });
    await session.close();
    const both = ['2026-03-05 breached', '2026-03-06 recovering', '2026-03-07 recovered'];
    expect(inShort(result.present)).toEqual(both);
    expect(inShort(result.warnings)).toEqual([...both, '2026-03-08 breached']);
  });

  it('stops at the day that it is told', async () => {
    const session = await release();
    const result = await backtestRule({ rule: present, to: '2026-03-05' }, { session, definitions });
    await session.close();
    expect(inShort(result.warnings)).toEqual(['2026-03-05 breached']);
  });

  it('names line and field of a rule that is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rule-'));
    const file = join(folder, 'mine.yaml');
    const text = (kpi: string, approach: number) => `threshold: mine
title: { en: Mine, zh: 我的 }
kpi: ${kpi}
channels: each
owner: me
runbook: conversion_drop
versions:
  - version: 1
    review_by: "2027-01-01"
    reason: { en: why, zh: 因为 }
    kind: fixed
    side: below
    marks: { warning: 0.02, approach: ${approach} }
`;
    try {
      await writeFile(file, text('conversion_rate', 0.01));
      expect(() => readRule(file, definitions)).toThrow(
        /line 13: versions.0.marks: approach \(0.01\) must lie on the good side/,
      );
      await writeFile(file, text('konversion', 0.03));
      expect(() => readRule(file, definitions)).toThrow(/no KPI is called "konversion"/);
      await writeFile(file, text('conversion_rate', 0.03));
      expect(readRule(file, definitions).threshold).toBe('mine');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
