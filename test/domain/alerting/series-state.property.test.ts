import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluateSeries,
  historyPeriods,
  type SeriesEvent,
} from '../../../pipelines/domain/alerting/evaluate-series.ts';
import type { Observation, Series } from '../../../pipelines/domain/alerting/series.ts';
import { addDays } from '../../../pipelines/domain/alerting/series.ts';
import {
  type Continued,
  continueSeries,
  type SeriesState,
  startingPoint,
} from '../../../pipelines/domain/alerting/series-state.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { eventKey, type Told } from '../../../pipelines/domain/alerting/told.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { lowRule } from './rules.ts';

const runs = { numRuns: process.env['TIDEMARK_LONG'] ? 20_000 : 400 };
const first = '2026-01-01';

/** One day: a figure out of a few hundred, a figure that is not final yet, nothing, or nothing to divide by. */
const day = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 45 }).map((numerator) => observe(numerator, 100)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 45 }).map((numerator) => observe(numerator, 100, false)) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(observe(0, 0), observe(3, null), observe(Number.NaN, 100)) },
);

function observe(numerator: number, denominator: number | null, complete = true): Observation {
  const value = denominator === null || denominator === 0 ? null : (100 * numerator) / denominator;
  return { numerator, denominator, value, complete };
}

const rule: fc.Arbitrary<Threshold> = fc
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

function seriesOf(observations: readonly (Observation | null)[], from = 0): Series {
  return {
    kpi_id: 'conversion_rate',
    channel_id: 'tmall',
    periods: observations.map((_, index) => addDays(first, index)).slice(from),
    observations: observations.slice(from),
    scale: 100,
  };
}

/** What the step does: reads only as much history as the rule says it needs. */
function step(
  tested: Threshold,
  observations: readonly (Observation | null)[],
  previous?: SeriesState,
  changedFrom?: string,
) {
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
    fingerprintUntil: () => 'same',
  });
}

/** The events that hold after everything that was told and taken back. */
function standing(told: readonly Told[]): string[] {
  return told
    .filter((entry) => !entry.overturned)
    .map(eventKey)
    .sort();
}

function fromScratch(tested: Threshold, observations: readonly (Observation | null)[]): string[] {
  const all = step(tested, observations);
  return standing(all?.state.told ?? []);
}

describe('continued evaluation', () => {
  it('tells day by day what it tells at once, with no more history than it asks for', () => {
    const property = fc.property(rule, fc.array(day, { minLength: 1, maxLength: 80 }), (tested, observations) => {
      let state: SeriesState | undefined;
      const fresh: string[] = [];
      for (let length = 1; length <= observations.length; length++) {
        const continued = step(tested, observations.slice(0, length), state);
        expect(continued?.overturned ?? []).toEqual([]);
        fresh.push(...(continued?.fresh ?? []).map(({ entry }) => eventKey(entry)));
        state = continued?.state ?? state;
      }
      expect(fresh.sort()).toEqual(fromScratch(tested, observations));
    });
    fc.assert(property, runs);
  });

  it('ends, after any restatements, with exactly the events that the last data call for; each told once per edition', () => {
    const change = fc.record({ at: fc.nat(79), value: day, length: fc.nat(79) });
    const property = fc.property(
      rule,
      fc.array(day, { minLength: 80, maxLength: 80 }),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (tested, initial, changes) => {
        const messages: string[] = [];
        let observations: readonly (Observation | null)[] = initial;
        let length = 40;
        let continued = step(tested, observations.slice(0, length)) as Continued;
        note(continued, messages);
        for (const one of changes) {
          observations = observations.with(one.at, one.value);
          length = Math.max(length, one.length);
          const changedFrom = one.at < length ? `${addDays(first, one.at).slice(0, 7)}-01` : undefined;
          continued = step(tested, observations.slice(0, length), continued.state, changedFrom) ?? continued;
          note(continued, messages);
        }
        const now = step(tested, observations.slice(0, length)) as Continued;
        const judged = (entry: Told) => entry.period < continued.state.next;
        expect(standing(continued.state.told.filter(judged))).toEqual(standing(now.state.told));
        expect(new Set(messages).size).toBe(messages.length);
      },
    );
    fc.assert(property, runs);
  });

  it('tells nothing when nothing changed', () => {
    const property = fc.property(rule, fc.array(day, { minLength: 1, maxLength: 60 }), (tested, observations) => {
      const once = step(tested, observations) as Continued;
      const again = step(tested, observations, once.state) as Continued;
      const replayed = step(tested, observations, once.state, first) as Continued;
      expect([again.fresh, again.overturned, replayed.fresh, replayed.overturned]).toEqual([[], [], [], []]);
      expect(replayed.state).toEqual(once.state);
    });
    fc.assert(property, runs);
  });
});

function note({ fresh, overturned }: Continued, messages: string[]): void {
  messages.push(...fresh.map(({ entry }) => `${eventKey(entry)} ${entry.edition}`));
  messages.push(...overturned.map((entry) => `corrected ${eventKey(entry)} ${entry.edition}`));
}

describe('one evaluation', () => {
  it('follows the order near, past, recovered: no second breach before the recovery of the first', () => {
    const property = fc.property(rule, fc.array(day, { minLength: 1, maxLength: 80 }), (tested, observations) => {
      const { events } = evaluateSeries({
        rule: tested,
        series: seriesOf(observations),
        calendars: new Map(),
        machine: idle,
        from: 0,
      });
      let open: SeriesEvent | undefined;
      for (const event of events.filter((one) => one.state !== 'error' && one.previous !== 'error')) {
        if (event.state === 'recovered') expect(open).toBeDefined();
        if (event.state === 'recovering') expect(open?.state).toBe('breached');
        const rank = { approaching: 1, warning: 2, critical: 3 };
        if (open !== undefined && (event.state === 'breached' || event.state === 'approaching')) {
          expect(rank[event.severity]).toBeGreaterThan(rank[open.severity]);
        }
        if (event.state === 'recovered') open = undefined;
        else if (event.state !== 'recovering') open = event;
      }
    });
    fc.assert(property, runs);
  });

  it('is silent while values stay inside the hysteresis band, whatever they do there', () => {
    const tested = lowRule();
    const inside = fc.array(fc.double({ min: 20, max: 30, minExcluded: true, maxExcluded: true, noNaN: true }), {
      maxLength: 50,
    });
    const property = fc.property(inside, (values) => {
      const observations = [19, ...values].map((value) => ({
        numerator: value,
        denominator: 1,
        value,
        complete: true,
      }));
      const { events } = evaluateSeries({
        rule: tested,
        series: seriesOf(observations),
        calendars: new Map(),
        machine: idle,
        from: 0,
      });
      expect(events.map((event) => event.state)).toEqual(['breached']);
    });
    fc.assert(property, runs);
  });
});
