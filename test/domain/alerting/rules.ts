import type { Observation, Series } from '../../../pipelines/domain/alerting/series.ts';
import { addDays } from '../../../pipelines/domain/alerting/series.ts';
import { type Threshold, threshold } from '../../../pipelines/domain/threshold.ts';

/** A rule with one version; what is left out has the schema's defaults. */
export function ruleWith(version: Record<string, unknown>, rule: Record<string, unknown> = {}): Threshold {
  return threshold.parse({
    threshold: 'rule_under_test',
    title: { en: 'Too low', zh: '过低' },
    kpi: 'conversion_rate',
    channels: 'each',
    owner: 'channel_operations',
    runbook: 'conversion_drop',
    ...rule,
    versions: [{ version: 1, review_by: '2030-01-01', reason: { en: 'because', zh: '因为' }, ...version }],
  });
}

export const lowRule = (version: Record<string, unknown> = {}, rule: Record<string, unknown> = {}): Threshold =>
  ruleWith(
    {
      kind: 'fixed',
      side: 'below',
      marks: { critical: 10, warning: 20, approach: 25, recover: 30 },
      recover_after: 2,
      ...version,
    },
    rule,
  );

/** Daily values from 2026-01-01 on (a Thursday); null is a day without a row, a pair is numerator and denominator. */
export function dailySeries(
  values: readonly (number | null | readonly [number, number])[],
  first = '2026-01-01',
): Series {
  return {
    kpi_id: 'conversion_rate',
    channel_id: 'tmall',
    periods: values.map((_, index) => addDays(first, index)),
    observations: values.map(observationOf),
    scale: 1,
  };
}

function observationOf(value: number | null | readonly [number, number]): Observation | null {
  if (value === null) return null;
  if (typeof value === 'number') return { numerator: value, denominator: null, value, complete: true };
  const [numerator, denominator] = value;
  return { numerator, denominator, value: denominator === 0 ? null : numerator / denominator, complete: true };
}
