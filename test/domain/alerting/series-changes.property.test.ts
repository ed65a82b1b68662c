import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { historyPeriods } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { namedDaysOf } from '../../../pipelines/domain/alerting/named-days.ts';
import type { Observation } from '../../../pipelines/domain/alerting/series.ts';
import { addDays } from '../../../pipelines/domain/alerting/series.ts';
import { continueSeries, type SeriesState, startingPoint } from '../../../pipelines/domain/alerting/series-state.ts';
import type { Told } from '../../../pipelines/domain/alerting/told.ts';
import { day, faultsOf, first, messagesOf, rule, runs, standing, step } from './evaluation-worlds.ts';
import { retailWorld } from './retail-world.ts';

const world = fc.array(day, { minLength: 80, maxLength: 80 });
/** Where the clock stands at each evaluation: it may go back. */
const clocks = fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 2, maxLength: 10 });

describe('evaluations under a clock that jumps', () => {
  it('tell each event once, lose none and take none back', () => {
    const property = fc.property(rule, world, clocks, (tested, observations, lengths) => {
      const messages: string[] = [];
      let previous: SeriesState | undefined;
      for (const length of lengths) {
        const continued = step({ tested, observations: observations.slice(0, length), previous });
        if (continued === undefined) continue;
        messages.push(...messagesOf(continued));
        previous = continued.state;
      }
      const atOnce = step({ tested, observations: observations.slice(0, Math.max(...lengths)) });
      expect(messages.toSorted()).toEqual(atOnce === undefined ? [] : messagesOf(atOnce).sort());
    });
    fc.assert(property, runs);
  });
});

describe('evaluations of a rule whose text changes', () => {
  const edits = fc.array(
    fc.record({
      text: fc.option(rule, { freq: 2 }),
      length: fc.integer({ min: 1, max: 80 }),
      restated: fc.option(fc.record({ at: fc.nat(79), value: day }), { freq: 2 }),
    }),
    { minLength: 2, maxLength: 8 },
  );
  type Edit = typeof edits extends fc.Arbitrary<(infer T)[]> ? T : never;

  /** Evaluates after every edit; remembers what stood when a new text began to judge. */
  function play(initial: readonly (Observation | null)[], given: readonly Edit[], tests: typeof rule) {
    let observations = initial;
    let [tested] = fc.sample(tests, { numRuns: 1, seed: initial.length });
    let previous: SeriesState | undefined;
    const messages: string[] = [];
    const closed: { readonly until: string; readonly events: readonly string[] }[] = [];
    for (const { text, length, restated } of given) {
      if (restated !== null) observations = observations.with(restated.at, restated.value);
      // A text that judges as the one before closes nothing, however long it waits for late data.
      const isNew = text !== null && !isDeepStrictEqual(text.versions, tested?.versions);
      tested = text ?? tested;
      if (tested === undefined) break;
      const changedFrom = restated === null ? undefined : `${addDays(first, restated.at).slice(0, 7)}-01`;
      const continued = step({ tested, observations: observations.slice(0, length), previous, changedFrom });
      if (continued === undefined) continue;
      if (previous !== undefined && isNew) closed.push({ until: previous.next, events: standing(previous.told) });
      messages.push(...messagesOf(continued));
      previous = continued.state;
    }
    return { messages, closed, told: previous?.told ?? [] };
  }

  const isAboutMarks = (entry: Told) => !entry.overturned && !entry.error;

  it('keep every verdict of the time before, whatever is restated later, and tell nothing twice', () => {
    const property = fc.property(world, edits, (observations, given) => {
      const { messages, closed, told } = play(observations, given, rule);
      expect(new Set(messages).size).toBe(messages.length);
      for (const { until, events } of closed) {
        expect(standing(told.filter((entry) => entry.period < until))).toEqual(events);
      }
    });
    fc.assert(property, runs);
  });

  it('keep the order near, past, recovered across the change', () => {
    const property = fc.property(world, edits, (observations, given) => {
      const unrestated = given.map((edit) => ({ ...edit, restated: null }));
      const { told } = play(observations, unrestated, rule);
      expect(faultsOf(told.filter(isAboutMarks))).toEqual([]);
    });
    fc.assert(property, runs);
  });
});

describe('a learnt rule with festivals', () => {
  const definitions = loadDefinitions();
  const calendars = namedDaysOf(definitions.calendars);
  const tested = definitions.thresholds.get('orders_unusual');

  it('tells day by day through 618 what it tells at once, with no more history than it asks for', () => {
    if (tested === undefined) throw new Error('the catalog has no rule orders_unusual');
    const { series } = retailWorld(17);
    const judge = (to: number, previous?: SeriesState) => {
      const point = previous === undefined ? undefined : startingPoint(previous, undefined);
      const start = point === undefined ? 0 : Math.max(0, series.periods.indexOf(point) - historyPeriods(tested));
      const [periods, observations] = [series.periods.slice(start, to), series.observations.slice(start, to)];
      const part = { ...series, periods, observations };
      return continueSeries({
        rule: tested,
        series: part,
        calendars,
        previous,
        changedFrom: undefined,
        fingerprintUntil: () => '',
      });
    };
    const [begin, end] = ['2025-05-20', '2025-07-10'].map((date) => series.periods.indexOf(date)) as [number, number];
    let state = judge(begin)?.state;
    for (let to = begin + 1; to <= end; to++) state = judge(to, state)?.state ?? state;
    const atOnce = judge(end)?.state;
    expect(standing(state?.told ?? [])).toEqual(standing(atOnce?.told ?? []));
    expect(state?.told.filter(({ period }) => period > '2025-05-20').length).toBeGreaterThan(0);
  });
});
