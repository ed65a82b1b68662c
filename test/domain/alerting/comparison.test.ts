import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { comparison, rangeOf } from '../../../pipelines/domain/alerting/comparison.ts';
import { ruleWith } from './rules.ts';

const { kpis } = loadDefinitions();
const orders = kpis.get('orders');
if (orders === undefined) throw new Error('the catalog has no KPI orders');
const marks = { warning: 4 };
const anomaly = { rule: ruleWith({ kind: 'anomaly', side: 'both', marks }), kpi: orders };

describe('a value beside what was expected', () => {
  it('says how far it is from the usual weekday, and what was expected', () => {
    // 2026-03-03 is a Tuesday; 466 ± 1.645 × 32.8 = 412 … 520; 271 / 466 = 0.58.
    const event = { period: '2026-03-03', value: 271, expected: 466, spread: 32.8 };
    expect(comparison(event, anomaly, 'en')).toBe(', 42% below the usual Tuesday (expected 412–520)');
    expect(comparison(event, anomaly, 'zh')).toBe('，比往常的星期二低 42%（预期 412–520）');
  });

  it('says what some days come to together, and when festivals are the yardstick', () => {
    const several = { period: '2026-03-03', value: 371, expected: 466, together: { periods: 4, share: 0.79 } };
    expect(comparison(several, anomaly, 'en')).toBe(
      ', 20% below the usual Tuesday (expected 466); the last 4 days together 21% below',
    );
    expect(comparison(several, anomaly, 'zh')).toBe('，比往常的星期二低 20%（预期 466）；最近 4 天合计低 21%');
    const festival = { period: '2026-11-11', value: 900, expected: 2000, yardstick: 'festival' as const };
    expect(comparison(festival, anomaly, 'en')).toBe(
      ', 55% below this day of the last festivals at the present level (expected 2,000)',
    );
    expect(comparison(festival, anomaly, 'zh')).toBe('，比往年活动同日（按当前水平折算）低 55%（预期 2,000）');
  });

  it('names the other yardsticks', () => {
    const event = { period: '2026-03-03', value: 120, expected: 100 };
    const target = { ...anomaly, rule: ruleWith({ kind: 'target', side: 'above', marks, target: 100 }) };
    const lastYear = { ...anomaly, rule: ruleWith({ kind: 'last_year', side: 'above', marks }) };
    expect(comparison(event, target, 'en')).toBe(', 20% above the target (expected 100)');
    expect(comparison(event, lastYear, 'zh')).toBe('，比去年同期高 20%（预期 100）');
  });

  it('gives no share of nothing, and no range below zero for what cannot be negative', () => {
    expect(comparison({ period: '2026-03-03', value: 3, expected: 0 }, anomaly, 'en')).toBe(' (expected 0)');
    expect(comparison({ period: '2026-03-03', value: 3, expected: null }, anomaly, 'en')).toBe('');
    expect(rangeOf({ period: '2026-03-03', value: 3, expected: 2, spread: 5 })).toEqual({ low: 0, high: 10.225 });
    expect(rangeOf({ period: '2026-03-03', value: 3, expected: 2 })).toBeUndefined();
  });
});
