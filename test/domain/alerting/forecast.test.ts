import { describe, expect, it } from 'vitest';
import { forecastCrossing } from '../../../pipelines/domain/alerting/forecast.ts';

/** A small generator of normal noise; the same seed gives the same world. */
function noiseFrom(seed: number): { uniform: () => number; normal: () => number } {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

const asked = { season: 7, mark: 0.02, badSide: -1 as const, horizon: 90 };

describe('forecast of a crossing', () => {
  it('follows a straight fall to the day', () => {
    const values = Array.from({ length: 40 }, (_, day) => 0.04 - Math.max(0, day - 20) * 0.0005);
    // 0.0305 on the last day, 0.0005 less every day: 21 days to 0.02; the fading slope takes one or two more.
    const crossing = forecastCrossing({ ...asked, values });
    expect(crossing?.expected).toBeGreaterThanOrEqual(21);
    expect(crossing?.expected).toBeLessThanOrEqual(23);
  });

  it('expects nothing of a level or a rising series, nor of a short one', () => {
    const { normal } = noiseFrom(7);
    expect(
      forecastCrossing({ ...asked, values: Array.from({ length: 50 }, () => 0.03 + 0.0001 * normal()) }),
    ).toBeUndefined();
    expect(
      forecastCrossing({ ...asked, values: Array.from({ length: 50 }, (_, day) => 0.03 + day / 1e4) }),
    ).toBeUndefined();
    expect(forecastCrossing({ ...asked, values: [0.04, 0.035, 0.03] })).toBeUndefined();
  });

  it('is undisturbed by weekdays and gaps', () => {
    const week = [0.002, 0.001, 0, 0, -0.001, -0.001, -0.001];
    const values = Array.from({ length: 49 }, (_, day) =>
      day % 11 === 3 ? null : 0.04 - Math.max(0, day - 21) * 0.0005 + (week[day % 7] ?? 0),
    );
    const crossing = forecastCrossing({ ...asked, values });
    // 0.04 − 27 × 0.0005 = 0.0265 on the last day: 13 days to go.
    expect(Math.abs((crossing?.expected ?? 0) - 13)).toBeLessThanOrEqual(2);
  });

  it('holds the truth four times in five, and beats "same as last week"', () => {
    const { uniform, normal } = noiseFrom(2026);
    let found = 0;
    let inside = 0;
    let error = 0;
    let naive = 0;
    for (let world = 0; world < 600; world++) {
      const base = 0.03 + 0.01 * uniform();
      const days = 20 + 60 * uniform();
      const begins = 20 + 30 * uniform();
      const scatter = base * (0.02 + 0.08 * uniform());
      const week = Array.from({ length: 7 }, () => base * 0.05 * normal());
      const today = Math.floor(begins + days * (0.55 + 0.35 * uniform()));
      const trend = (day: number) => base - (Math.max(0, day - begins) * (base - 0.02)) / days;
      const values = Array.from(
        { length: today + 1 },
        (_, day) => trend(day) + (week[day % 7] ?? 0) + scatter * normal(),
      );
      const crossing = forecastCrossing({ ...asked, values });
      if (crossing === undefined) continue;
      const truth = Math.ceil(begins + days - today);
      found++;
      if (crossing.earliest <= truth && truth <= (crossing.latest ?? Infinity)) inside++;
      error += Math.abs(crossing.expected - truth);
      naive += Math.abs(naiveCrossing(values) - truth);
    }
    expect(found).toBeGreaterThan(570);
    expect(inside / found).toBeGreaterThan(0.7);
    expect(inside / found).toBeLessThan(0.9);
    expect(error).toBeLessThan(0.5 * naive);
  });
});

/** Next week changes as much as this week did against the last. */
function naiveCrossing(values: readonly number[]): number {
  const mean = (from: number, to?: number) => {
    const part = values.slice(from, to);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const now = mean(-7);
  const slope = (now - mean(-14, -7)) / 7;
  return slope >= 0 ? asked.horizon : Math.min(asked.horizon, Math.max(1, (now - asked.mark) / -slope - 3));
}
