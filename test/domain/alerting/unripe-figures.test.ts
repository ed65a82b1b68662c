import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateSeries } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { addDays } from '../../../pipelines/domain/alerting/series.ts';
import { continueSeries, type SeriesState } from '../../../pipelines/domain/alerting/series-state.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { eventKey } from '../../../pipelines/domain/alerting/told.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { faultsOf, runs } from './evaluation-worlds.ts';
import { dailySeries, lowRule, ruleWith } from './rules.ts';

const first = '2026-03-01';
const marks = { critical: 40, warning: 20, approach: 15, recover: 10 };
const tooHigh = ruleWith({ kind: 'fixed', side: 'above', marks, recover_after: 2 });

/** Figures of the first days as they are known at the end of each day in turn; what is left of a day comes in for two days. */
function follow(rule: Threshold, days: readonly (readonly number[])[]) {
  let state: SeriesState | undefined;
  const told = days.map((values, through) => {
    const continued = continueSeries({
      rule,
      fingerprintUntil: () => 'rule',
      series: { ...dailySeries(values, first), unripeFrom: addDays(first, through - 1) },
      calendars: new Map(),
      previous: state,
      changedFrom: `${addDays(first, through).slice(0, 7)}-01`,
    });
    state = continued?.state ?? state;
    const fresh = (continued?.fresh ?? []).map(({ entry }) => eventKey(entry).replace(' mark', ''));
    return [...(continued?.overturned ?? []).map(({ period }) => `${period} corrected`), ...fresh];
  });
  return { told, state };
}

describe('figures that still rise', () => {
  it('end no trouble before they stand', () => {
    const { told, state } = follow(tooHigh, [
      [30],
      [30, 2],
      [30, 25, 3],
      [30, 25, 22, 2],
      [30, 25, 22, 4, 3],
      [30, 25, 22, 4, 5, 2],
      [30, 25, 22, 4, 5, 2, 1],
    ]);
    expect(told).toEqual([
      ['2026-03-01 breached warning'],
      [],
      [],
      [],
      [],
      ['2026-03-04 recovering warning'],
      ['2026-03-05 recovered warning'],
    ]);
    expect(state?.next).toBe('2026-03-06');
  });

  it('are told of on the day on which they pass their mark, once, and more gravely when they rise further', () => {
    const { told } = follow(tooHigh, [[3], [3, 21], [3, 24, 2], [3, 45, 3, 2]]);
    expect(told).toEqual([[], ['2026-03-02 breached warning'], [], ['2026-03-02 breached critical']]);
  });

  it('are taken back once they stand where the data were corrected', () => {
    const { told } = follow(tooHigh, [[3], [3, 21], [3, 4, 2], [3, 4, 3, 2]]);
    expect(told).toEqual([[], ['2026-03-02 breached warning'], [], ['2026-03-02 corrected']]);
  });

  it('are never too low', () => {
    const { told } = follow(lowRule(), [[40], [40, 5], [40, 38, 4], [40, 38, 15, 3], [40, 38, 15, 33, 5]]);
    expect(told).toEqual([[], [], [], [], ['2026-03-03 breached warning']]);
  });

  it('come to the same verdicts as figures that stand at once, each told once', () => {
    const day = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.array(day, { minLength: 3, maxLength: 40 }), (days) => {
        // Each day's figure comes in parts: some of it at once, perhaps the rest on the next day, all of it after two.
        const known = (through: number) =>
          days.slice(0, through + 1).map(([whole, share, isQuick], index) => {
            const age = through - index;
            return age >= 2 || (age === 1 && isQuick) ? whole : Math.floor(whole * share);
          });
        const { told, state } = follow(
          tooHigh,
          days.map((_, through) => known(through)),
        );
        const messages = told.flat();
        expect(new Set(messages).size).toBe(messages.length);
        const standing = (state?.told ?? []).filter((one) => !one.overturned && one.period < (state?.next ?? ''));
        const settled = dailySeries(
          days.slice(0, -2).map(([whole]) => whole),
          first,
        );
        const { events } = evaluateSeries({
          rule: tooHigh,
          series: settled,
          calendars: new Map(),
          machine: idle,
          from: 0,
        });
        const inShort = (one: { period: string; state: string; severity: string }) =>
          `${one.period} ${one.state} ${one.severity}`;
        expect(standing.map(inShort)).toEqual(events.map(inShort));
        expect(
          faultsOf(standing.map((one, index) => ({ ...one, previous: standing[index - 1]?.state ?? 'ok' }))),
        ).toEqual([]);
      }),
      runs,
    );
  });
});
