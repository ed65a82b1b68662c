import { describe, expect, it } from 'vitest';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { kpiRows, warningFigures, warningRows, warningsByWeek } from '../../pipelines/domain/report-tables.ts';
import { exampleKpis, exampleWarning } from '../report/example-marts.ts';

describe('kpiRows', () => {
  it('goes from money over counts to ratios, family by family, whatever the order of the catalog', () => {
    const backwards = [...exampleKpis].reverse();
    expect(kpiRows(backwards).map((row) => [row.position, row.kpi_id])).toEqual([
      [0, 'gross_sales'],
      [1, 'net_sales'],
      [2, 'orders'],
      [3, 'aov'],
      [4, 'sessions'],
      [5, 'visitors'],
      [6, 'cart_rate'],
      [7, 'conversion_rate'],
      [8, 'active_customers'],
      [9, 'new_customers'],
      [10, 'repeat_rate'],
      [11, 'csat'],
      [12, 'negative_review_rate'],
      [13, 'refund_rate_paid'],
    ]);
  });
});

/** One series each: a critical breach that goes on, one that recovered, one that came near twice, one that was taken back. */
const history = [
  exampleWarning({ id: 'a1', fingerprint: 'a', state: 'approaching', severity: 'approaching', period: '2026-10-18' }),
  exampleWarning({ id: 'b1', fingerprint: 'b', state: 'breached', severity: 'warning', period: '2026-09-07' }),
  exampleWarning({ id: 'b2', fingerprint: 'b', state: 'recovered', severity: 'warning', period: '2026-09-14' }),
  exampleWarning({ id: 'a2', fingerprint: 'a', state: 'breached', severity: 'critical', period: '2026-10-20' }),
  exampleWarning({ id: 'c1', fingerprint: 'c', state: 'approaching', severity: 'approaching', period: '2026-10-25' }),
  exampleWarning({ id: 'd1', fingerprint: 'd', state: 'breached', severity: 'warning', period: '2026-10-26' }),
  exampleWarning({ id: 'd2', fingerprint: 'd', state: 'corrected', severity: 'warning', period: '2026-10-26' }),
];

describe('warningRows', () => {
  it('lists what is open first, worst first, then the rest from new to old', () => {
    expect(warningRows(history, new Map()).map((row) => [row.id, row.is_open, row.is_latest])).toEqual([
      ['a2', true, true],
      ['c1', true, true],
      ['d1', false, false],
      ['d2', false, true],
      ['a1', false, false],
      ['b2', false, true],
      ['b1', false, false],
    ]);
  });
});

describe('what is open', () => {
  it('is not ended by an evaluation that works again, nor by a correction of an earlier day', () => {
    const breach = exampleWarning({ id: 'e1', fingerprint: 'e', state: 'breached', period: '2026-10-18' });
    const failure = exampleWarning({ id: 'e2', fingerprint: 'e', state: 'error', period: '2026-10-19' });
    const mended = exampleWarning({
      ...{ id: 'e3', fingerprint: 'e', state: 'recovered', previous_state: 'error', period: '2026-10-20' },
    });
    const earlier = exampleWarning({ id: 'e4', fingerprint: 'e', state: 'corrected', period: '2026-10-10' });
    const openOf = (...warnings: Warning[]) =>
      warningRows(warnings, new Map()).flatMap((row) => (row.is_open ? [row.id] : []));
    expect(openOf(breach, earlier)).toEqual(['e1']);
    expect(openOf(breach, failure)).toEqual(['e2']);
    expect(openOf(failure, mended)).toEqual([]);
  });
});

describe('a row of a warning', () => {
  it('names its post and the product or region that it is about', () => {
    const owners = new Map([['channel_lead', { en: 'Channel lead', zh: '渠道负责人' }]]);
    const warnings = [
      exampleWarning({ id: 'p', fingerprint: 'p', dimensions: { product: 'tea' } }),
      exampleWarning({ id: 'q', fingerprint: 'q', period: '2026-10-19', owner: 'night_shift' }),
    ];
    expect(warningRows(warnings, owners).map((row) => [row.owner_zh, row.owner_en, row.member])).toEqual([
      ['渠道负责人', 'Channel lead', 'tea'],
      ['night_shift', 'night_shift', null],
    ]);
  });
});

describe('warningFigures', () => {
  it('counts open warnings by severity, recoveries and messages', () => {
    expect(Object.fromEntries(warningFigures(history).map((row) => [row.figure, row.value]))).toEqual({
      open_critical: 1,
      open_warning: 0,
      open_approaching: 1,
      recovered: 1,
      messages: 7,
    });
  });
});

describe('warningsByWeek', () => {
  it('counts what was raised by its Monday and keeps the weeks without any', () => {
    const weeks = warningsByWeek(history, '2026-10-31');
    expect(weeks).toHaveLength(53 * 3);
    expect(weeks.at(0)?.week).toBe('2025-10-27');
    expect(weeks.at(-1)?.week).toBe('2026-10-26');
    expect(weeks.filter((week) => week.warnings > 0).map((week) => [week.week, week.severity, week.warnings])).toEqual([
      ['2026-09-07', 'warning', 1],
      ['2026-10-12', 'approaching', 1],
      ['2026-10-19', 'critical', 1],
      ['2026-10-19', 'approaching', 1],
      ['2026-10-26', 'warning', 1],
    ]);
  });

  it('has no week where nothing is known', () => {
    expect(warningsByWeek([], null)).toEqual([]);
  });
});
