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
    const [review] = reviewRules({ rules: [lowRule()], warnings, acknowledgements, today: '2026-04-01' });
    expect(review).toEqual({
      rule: 'rule_under_test',
      owner: 'channel_operations',
      troubles: 4,
      open: 1,
      corrected: 1,
      useful: 2,
      noise: 1,
      precision: 2 / 3,
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
      today: '2026-04-01',
    });
    expect(reviews.map(({ rule, is_overdue, precision }) => [rule, is_overdue, precision])).toEqual([
      ['zz_late', true, null],
      ['rule_under_test', false, null],
    ]);
  });
});
