import fc from 'fast-check';
import { historyPeriods } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import type { Observation, Series } from '../../../pipelines/domain/alerting/series.ts';
import { addDays } from '../../../pipelines/domain/alerting/series.ts';
import {
  type Continued,
  continueSeries,
  type SeriesState,
  startingPoint,
} from '../../../pipelines/domain/alerting/series-state.ts';
import { eventKey, type Told } from '../../../pipelines/domain/alerting/told.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { lowRule } from './rules.ts';

/** How often properties are tried. */
export const runs = { numRuns: process.env['TIDEMARK_LONG'] ? 20_000 : 400 };
export const first = '2026-01-01';

/** One day: a figure out of a few hundred, a figure that is not final yet, nothing, or nothing to divide by. */
export const day = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 45 }).map((numerator) => observe(numerator, 100)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 45 }).map((numerator) => observe(numerator, 100, false)) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(observe(0, 0), observe(3, null), observe(Number.NaN, 100)) },
);

function observe(numerator: number, denominator: number | null, complete = true): Observation {
  const value = denominator === null || denominator === 0 ? null : (100 * numerator) / denominator;
  return { numerator, denominator, value, complete };
}

export const rule: fc.Arbitrary<Threshold> = fc
  .record({
    kind: fc.constantFrom('fixed', 'same_weekday', 'anomaly'),
    of: fc.integer({ min: 1, max: 4 }),
    atLeast: fc.integer({ min: 1, max: 4 }),
    recover_after: fc.integer({ min: 1, max: 4 }),
    evidence: fc.option(
      fc.record({ up_to: fc.integer({ min: 1, max: 5 }), deviations: fc.integer({ min: 0, max: 3 }) }),
    ),
    late_after: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ kind, of, atLeast, evidence, late_after, recover_after }) => {
    const marks = {
      fixed: { critical: 10, warning: 20, approach: 25, recover: 30 },
      same_weekday: { critical: 0.3, warning: 0.5, approach: 0.7, recover: 0.9 },
      anomaly: { critical: 4, warning: 3, approach: 2, recover: 1 },
    }[kind];
    const weeks = { fixed: {}, same_weekday: { weeks: 2 }, anomaly: { weeks: 4, side: 'both' } }[kind];
    const window = { at_least: Math.min(atLeast, of), of };
    return lowRule(
      {
        kind,
        marks,
        ...weeks,
        for: window,
        recover_after,
        ...(evidence ? { evidence } : {}),
      },
      { late_after },
    );
  });

export function seriesOf(observations: readonly (Observation | null)[], from = 0): Series {
  return {
    kpi_id: 'conversion_rate',
    channel_id: 'tmall',
    periods: observations.map((_, index) => addDays(first, index)).slice(from),
    observations: observations.slice(from),
    scale: 100,
  };
}

export interface Step {
  readonly tested: Threshold;
  readonly observations: readonly (Observation | null)[];
  readonly previous?: SeriesState | undefined;
  readonly changedFrom?: string | undefined;
}

/** What the evaluation does: reads only as much history as the rule says it needs. */
export function step({ tested, observations, previous, changedFrom }: Step): Continued | undefined {
  let start = 0;
  if (previous !== undefined) {
    const point = startingPoint(previous, changedFrom);
    const index = point === undefined ? 0 : observations.findIndex((_, at) => addDays(first, at) >= point);
    start = Math.max(0, (index === -1 ? observations.length : index) - historyPeriods(tested));
  }
  return continueSeries({
    rule: tested,
    series: seriesOf(observations, start),
    calendars: new Map(),
    previous,
    changedFrom,
    fingerprintUntil: () => JSON.stringify(tested.versions),
  });
}

/** The events that hold after everything that was told and taken back. */
export function standing(told: readonly Told[]): string[] {
  return told
    .filter((entry) => !entry.overturned)
    .map(eventKey)
    .sort();
}

/** Every message of an evaluation, as it would be sent. */
export function messagesOf({ fresh, overturned }: Continued): string[] {
  return [
    ...fresh.map(({ entry }) => `${eventKey(entry)} ${entry.edition}`),
    ...overturned.map((entry) => `corrected ${eventKey(entry)} ${entry.edition}`),
  ];
}

type Marked = Pick<Told, 'state' | 'severity'>;

/** What is wrong in the order of the events of a series about its marks: near, past, recovered. */
export function faultsOf(events: readonly Marked[]): string[] {
  const rank = { approaching: 1, warning: 2, critical: 3 };
  const faults: string[] = [];
  let open: Marked | undefined;
  for (const event of events) {
    const { state, severity } = event;
    if (state === 'recovered' && open === undefined) faults.push('recovered from nothing');
    if (state === 'recovering' && open?.state !== 'breached') faults.push('recovering from no breach');
    const isTrouble = state === 'breached' || state === 'approaching';
    if (isTrouble && open !== undefined && rank[severity] <= rank[open.severity]) faults.push(`${state} again`);
    if (state === 'recovered') open = undefined;
    else if (isTrouble) open = event;
  }
  return faults;
}
