import { describe, expect, it } from 'vitest';
import { reviewRules } from '../../../pipelines/domain/alerting/review.ts';
import type { Acknowledgement } from '../../../pipelines/domain/alerting/silence.ts';
import { warningWith } from '../../notify/warning-example.ts';
import { lowRule } from './rules.ts';

const told = (id: string, period: string, state: 'breached' | 'recovered' | 'corrected', fingerprint = 'a') =>
  warningWith({ id, period, state, fingerprint, rule: 'rule_under_test' });

const said = (warning: string, verdict: 'useful' | 'noise'): [string, Acknowledgement] => [
  warning,
  { warning, verdict, by: 'li', at: '2026-04-01T00:00:00Z' },
];

describe('review of thresholds', () => {
  it('counts troubles, verdicts, days to recover and flapping of each rule', () => {
    const warnings = [
      told('1', '2026-03-01', 'breached'),
      told('2', '2026-03-05', 'recovered'),
      // Five days after the recovery: it flaps.
      told('3', '2026-03-10', 'breached'),
      told('4', '2026-03-12', 'recovered'),
      told('5', '2026-03-02', 'breached', 'b'),
      told('6', '2026-03-02', 'corrected', 'b'),
      told('7', '2026-03-20', 'breached', 'b'),
    ];
    const acknowledgements = new Map([said('1', 'useful'), said('4', 'noise'), said('7', 'useful')]);
    const noted = { kpi_id: 'conversion_rate', channel_id: 'tmall', by: 'li', note: '', at: '' };
    const incidents = [
      // Seen three days late; seen by a trouble that began before; never seen.
      { ...noted, id: 'i1', from: '2026-02-27', to: '2026-02-27' },
      { ...noted, id: 'i2', from: '2026-03-11', to: '2026-03-15' },
      { ...noted, id: 'i3', from: '2026-01-05', to: '2026-01-06' },
      { ...noted, id: 'other', from: '2026-01-05', to: '2026-01-06', kpi_id: 'orders' },
    ];
    // Acknowledged at midnight of 1 April, raised on 31 March at 18:00, and the day before at 00:00.
    const raisedAt = new Map([
      ['1', '2026-03-31T18:00:00Z'],
      ['7', '2026-03-31T00:00:00Z'],
    ]);
    const [review] = reviewRules({
      ...{ rules: [lowRule()], warnings, acknowledgements, incidents, raisedAt },
      today: '2026-04-01',
    });
    expect(review).toEqual({
      rule: 'rule_under_test',
      owner: 'channel_operations',
      troubles: 4,
      open: 1,
      corrected: 1,
      useful: 2,
      noise: 1,
      precision: 2 / 3,
      missed: 1,
      mean_days_to_notice: 1,
      mean_hours_to_acknowledge: 15,
      mean_days_to_recover: 3,
      flapping: 1,
      review_by: '2030-01-01',
      is_overdue: false,
    });
  });

  it('puts an overdue review first and says nothing it does not know', () => {
    const late = { ...lowRule({ review_by: '2026-01-01' }), threshold: 'zz_late' };
    const reviews = reviewRules({
      rules: [lowRule(), late],
      warnings: [],
      acknowledgements: new Map(),
      raisedAt: new Map(),
      incidents: [],
      today: '2026-04-01',
    });
    expect(reviews.map(({ rule, is_overdue, precision }) => [rule, is_overdue, precision])).toEqual([
      ['zz_late', true, null],
      ['rule_under_test', false, null],
    ]);
  });
});
