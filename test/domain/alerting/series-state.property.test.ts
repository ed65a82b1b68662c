import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateSeries } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { addDays, type Observation } from '../../../pipelines/domain/alerting/series.ts';
import type { Continued, SeriesState } from '../../../pipelines/domain/alerting/series-state.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { eventKey, type Told } from '../../../pipelines/domain/alerting/told.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { day, faultsOf, first, messagesOf, rule, runs, seriesOf, standing, step } from './evaluation-worlds.ts';
import { lowRule } from './rules.ts';

function fromScratch(tested: Threshold, observations: readonly (Observation | null)[]): string[] {
  return standing(step({ tested, observations })?.state.told ?? []);
}

describe('continued evaluation', () => {
  it('tells day by day what it tells at once, with no more history than it asks for', () => {
    const property = fc.property(rule, fc.array(day, { minLength: 1, maxLength: 80 }), (tested, observations) => {
      let state: SeriesState | undefined;
      const fresh: string[] = [];
      for (let length = 1; length <= observations.length; length++) {
        const continued = step({ tested, observations: observations.slice(0, length), previous: state });
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
        let continued = step({ tested, observations: observations.slice(0, length) }) as Continued;
        messages.push(...messagesOf(continued));
        for (const one of changes) {
          observations = observations.with(one.at, one.value);
          length = Math.max(length, one.length);
          const changedFrom = one.at < length ? `${addDays(first, one.at).slice(0, 7)}-01` : undefined;
          continued =
            step({
              tested,
              observations: observations.slice(0, length),
              previous: continued.state,
              changedFrom,
            }) ?? continued;
          messages.push(...messagesOf(continued));
        }
        const now = step({ tested, observations: observations.slice(0, length) }) as Continued;
        const judged = (entry: Told) => entry.period < continued.state.next;
        expect(standing(continued.state.told.filter(judged))).toEqual(standing(now.state.told));
        expect(new Set(messages).size).toBe(messages.length);
      },
    );
    fc.assert(property, runs);
  });

  it('tells nothing when nothing changed', () => {
    const property = fc.property(rule, fc.array(day, { minLength: 1, maxLength: 60 }), (tested, observations) => {
      const once = step({ tested, observations }) as Continued;
      const again = step({ tested, observations, previous: once.state }) as Continued;
      const replayed = step({ tested, observations, previous: once.state, changedFrom: first }) as Continued;
      expect([again.fresh, again.overturned, replayed.fresh, replayed.overturned]).toEqual([[], [], [], []]);
      expect(replayed.state).toEqual(once.state);
    });
    fc.assert(property, runs);
  });
});

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
      const told = events.map((event) => ({ ...event, state: event.state as Told['state'] }));
      expect(faultsOf(told.filter((one) => one.state !== 'error' && one.previous !== 'error'))).toEqual([]);
    });
    fc.assert(property, runs);
  });

  const shape = fc.record({
    side: fc.constantFrom('below', 'above'),
    of: fc.integer({ min: 1, max: 4 }),
    recover_after: fc.integer({ min: 1, max: 4 }),
    late_after: fc.integer({ min: 0, max: 3 }),
  });
  type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
  const band = fc.double({ min: 20.01, max: 29.99, noNaN: true });
  const mirrored = { critical: 90, warning: 80, approach: 75, recover: 70 };

  /** A rule on either side, and values turned to its side. */
  function shaped({ side, of, recover_after, late_after }: Shape) {
    const marks = side === 'below' ? {} : { marks: mirrored };
    const tested = lowRule({ side, ...marks, for: { at_least: of, of }, recover_after }, { late_after });
    const turned = (value: number | null) => (value === null || side === 'below' ? value : 100 - value);
    return { tested, turned };
  }

  function statesOf(tested: Threshold, values: readonly (number | null)[]): string[] {
    const observations = values.map((value) =>
      value === null ? null : { numerator: value, denominator: 1, value, complete: true },
    );
    const series = seriesOf(observations);
    const { events } = evaluateSeries({ rule: tested, series, calendars: new Map(), machine: idle, from: 0 });
    return events.map(({ state }) => state);
  }

  it('is silent while values stay inside the hysteresis band, whatever they do there, gaps included', () => {
    const inside = fc.array(fc.option(band, { freq: 6 }), { maxLength: 50 });
    const property = fc.property(shape, inside, (given, values) => {
      const { tested, turned } = shaped(given);
      const past = Array<number>(given.of).fill(15);
      expect(statesOf(tested, [...past, ...values].map(turned))).toEqual(['breached']);
    });
    fc.assert(property, runs);
  });

  it('tells the recovery of every breach as soon as enough good periods came, and only then', () => {
    const between = fc.array(fc.option(band, { freq: 6 }), { maxLength: 10 });
    const property = fc.property(shape, between, (given, values) => {
      // Nothing may still come: a gap near the end would be waited for.
      const { tested, turned } = shaped({ ...given, late_after: 0 });
      const trouble = [...Array<number>(given.of).fill(15), ...values];
      const good = Array<number>(given.recover_after).fill(35);
      const end = [...(given.recover_after > 1 ? ['recovering'] : []), 'recovered'];
      expect(statesOf(tested, [...trouble, ...good].map(turned))).toEqual(['breached', ...end]);
      expect(statesOf(tested, [...trouble, ...good.slice(1)].map(turned))).not.toContain('recovered');
    });
    fc.assert(property, runs);
  });
});
