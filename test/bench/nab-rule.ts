// The product's learnt rule on points without weekdays: as it stands in the domain, nothing chosen for the benchmark.
import { distanceOf, nothingCounted, plusPeriod } from '../../pipelines/domain/alerting/counted-sum.ts';
import type { Learning } from '../../pipelines/domain/alerting/history.ts';
import { usualBefore } from '../../pipelines/domain/alerting/usual.ts';
import { type AnomalyVersion, thresholdVersion } from '../../pipelines/domain/threshold.ts';

/** Every default of an anomaly rule. */
const written = thresholdVersion.parse({
  version: 1,
  review_by: '2030-01-01',
  reason: { en: 'benchmark', zh: '基准测试' },
  kind: 'anomaly',
  side: 'both',
  marks: { warning: 4 },
}) as AnomalyVersion;
/** A day of five-minute points to learn from, where a rule has weeks of days. */
const version = { ...written, weeks: 288 };

/** One score per point: the farthest that the newest one to seven points together lie from what is usual. */
export function ruleScores(values: readonly number[]): number[] {
  // The rule counts; what goes below zero is lifted by the lowest value, which a rule could not know before.
  const lift = Math.max(0, -Math.min(...values));
  const learning: Learning = {
    version,
    series: {
      kpi_id: '',
      channel_id: '',
      periods: values.map((_, index) => String(index)),
      observations: values.map((given) => {
        const value = given + lift;
        return { numerator: value, denominator: null, value, complete: true };
      }),
      scale: 1,
    },
    grain: 'week',
    calendars: new Map(),
    troubles: [],
  };
  return values.map((_, index) => {
    const usual = usualBefore(learning, index - version.together, index);
    if (usual === undefined) return 0;
    const expected = { value: usual.valueAt(index), scatter: usual.scatter, drift: usual.drift };
    if (expected.value <= 0) return 0;
    let sum = nothingCounted;
    let farthest = 0;
    for (let back = 0; back < version.together && back <= index; back++) {
      const amount = (values[index - back] ?? 0) + lift;
      sum = plusPeriod(sum, { value: amount, amount, size: 1 }, expected);
      farthest = Math.max(farthest, Math.abs(distanceOf(sum)));
    }
    return farthest;
  });
}
