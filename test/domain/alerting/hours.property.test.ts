import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyPeriods } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import {
  type Observation,
  periodNumber,
  periodOf,
  type Series,
  shiftPeriod,
} from '../../../pipelines/domain/alerting/series.ts';
import {
  type Continued,
  continueSeries,
  type SeriesState,
  startingPoint,
} from '../../../pipelines/domain/alerting/series-state.ts';
import type { Told } from '../../../pipelines/domain/alerting/told.ts';
import { clockChanges } from '../../../pipelines/domain/channel-clock.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { faultsOf, messagesOf, standing } from './evaluation-worlds.ts';
import { ruleWith } from './rules.ts';

const runs = { numRuns: process.env['TIDEMARK_LONG'] ? 2000 : 30 };

/** Six weeks around the end of summer time, so that the clock of Berlin shows 2026-10-25T02:00 twice. */
const first = '2026-09-21T00:00';
const length = 6 * 168;
const changes = clockChanges('Europe/Berlin', 2026, 2026);
const lastHours = length - 100;

/** One hour: a few orders, not over yet, or nothing known. */
const hour = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 40 }).map((value) => counted(value)) },
  { weight: 2, arbitrary: fc.constant(counted(0)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }).map((value) => counted(value, false)) },
  { weight: 1, arbitrary: fc.constant(null) },
);

function counted(value: number, complete = true): Observation {
  return { numerator: value, denominator: null, value, complete };
}

/** Day for day the same hours, with some that are not: what is random everywhere has no usual hour. */
const world = fc
  .record({
    day: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 24, maxLength: 24 }),
    odd: fc.array(fc.record({ at: fc.nat(length - 1), value: hour }), { maxLength: 60 }),
  })
  .map(({ day, odd }) => {
    let observations: (Observation | null)[] = Array.from({ length }, (_, at) => counted(day[at % 24] ?? 0));
    for (const { at, value } of odd) observations = observations.with(at, value);
    return observations;
  });

const rule: fc.Arbitrary<Threshold> = fc
  .record({
    kind: fc.constantFrom('fixed', 'same_weekday', 'anomaly'),
    of: fc.integer({ min: 1, max: 4 }),
    recover_after: fc.integer({ min: 1, max: 3 }),
    late_after: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ kind, of, late_after, recover_after }) => {
    const kinds = {
      fixed: { marks: { critical: 1, warning: 5, approach: 8, recover: 10 } },
      same_weekday: { weeks: 2, marks: { critical: 0.1, warning: 0.5, approach: 0.7, recover: 0.9 } },
      anomaly: { weeks: 4, together: 3, marks: { critical: 7, warning: 4, approach: 3, recover: 1 } },
    }[kind];
    const version = { kind, side: 'below', for: { at_least: of, of }, recover_after, ...kinds };
    return ruleWith(version, { kpi: 'orders', grain: 'hour', late_after });
  });

interface Step {
  readonly tested: Threshold;
  readonly observations: readonly (Observation | null)[];
  readonly previous?: SeriesState | undefined;
  readonly changedFrom?: string | undefined;
}

/** What the evaluation does: reads whole days, and only as much history as the rule says it needs. */
function step({ tested, observations, previous, changedFrom }: Step): Continued | undefined {
  const point = previous === undefined ? undefined : startingPoint(previous, changedFrom);
  const wanted =
    point === undefined ? first : shiftPeriod('hour', periodOf('hour', point.slice(0, 10)), -historyPeriods(tested));
  const day = periodOf('hour', wanted.slice(0, 10));
  const start = Math.max(0, periodNumber('hour', day) - periodNumber('hour', first));
  const series: Series = {
    kpi_id: 'orders',
    channel_id: 'store',
    periods: observations.slice(start).map((_, index) => shiftPeriod('hour', first, start + index)),
    observations: observations.slice(start),
    scale: 1,
    clockChanges: changes,
  };
  const fingerprintUntil = () => '';
  return continueSeries({ rule: tested, series, calendars: new Map(), previous, changedFrom, fingerprintUntil });
}

describe('hours, with gaps and a clock that is set back', () => {
  it('tell with every delivery what they tell at once, with no more history than the rule asks for', () => {
    const deliveries = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 3, maxLength: 12 });
    const property = fc.property(rule, world, deliveries, (tested, observations, hours) => {
      let end = lastHours;
      let state = step({ tested, observations: observations.slice(0, end) })?.state;
      const fresh: string[] = [];
      for (const more of hours) {
        end = Math.min(length, end + more);
        const continued = step({ tested, observations: observations.slice(0, end), previous: state });
        expect(continued?.overturned ?? []).toEqual([]);
        fresh.push(...(continued === undefined ? [] : messagesOf(continued)));
        state = continued?.state ?? state;
      }
      const atOnce = step({ tested, observations: observations.slice(0, end) })?.state;
      expect(standing(state?.told ?? [])).toEqual(standing(atOnce?.told ?? []));
      expect(new Set(fresh).size).toBe(fresh.length);
    });
    fc.assert(property, runs);
  });

  it('are restated as days are: what was told and does not hold is taken back once', () => {
    const restated = fc.array(fc.record({ at: fc.integer({ min: 300, max: length - 1 }), value: hour }), {
      maxLength: 4,
      minLength: 1,
    });
    const property = fc.property(rule, world, restated, (tested, initial, edits) => {
      let observations: readonly (Observation | null)[] = initial;
      let continued = step({ tested, observations }) as Continued;
      const messages = messagesOf(continued);
      for (const { at, value } of edits) {
        observations = observations.with(at, value);
        const changedFrom = `${shiftPeriod('hour', first, at).slice(0, 7)}-01`;
        continued = step({ tested, observations, previous: continued.state, changedFrom }) ?? continued;
        messages.push(...messagesOf(continued));
      }
      const now = step({ tested, observations }) as Continued;
      const judged = (entry: Told) => entry.period < continued.state.next;
      expect(standing(continued.state.told.filter(judged))).toEqual(standing(now.state.told));
      expect(new Set(messages).size).toBe(messages.length);
    });
    fc.assert(property, runs);
  });

  it('never speak of the hour that the clock shows twice, and keep the order near, past, recovered', () => {
    const property = fc.property(rule, world, (tested, observations) => {
      const told = step({ tested, observations })?.state.told ?? [];
      expect(told.filter(({ period }) => changes.has(period))).toEqual([]);
      expect(faultsOf(told)).toEqual([]);
    });
    fc.assert(property, runs);
  });
});
