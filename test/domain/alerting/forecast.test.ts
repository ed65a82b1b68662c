import { describe, expect, it } from 'vitest';
import { forecastCrossing } from '../../../pipelines/domain/alerting/forecast.ts';
import { type Noise, noiseFrom } from './noise.ts';

const courses = [
  { course: 'straight', seed: 2026 },
  { course: 'slowing', seed: 2027 },
  { course: 'clinging', seed: 2028 },
] as const;
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

  it.each(courses)('holds the truth four times in five, and beats "same as last week": $course', ({ course, seed }) => {
    const figures = backtest(noiseFrom(seed), course);
    console.log(`forecast of a crossing, ${course}:`, JSON.stringify(figures));
    expect(figures.found / worlds).toBeGreaterThan(0.8);
    expect(figures.inside).toBeGreaterThan(0.7);
    expect(figures.inside).toBeLessThan(0.9);
    expect(figures.daysOff).toBeLessThan(0.5 * figures.daysOffAsLastWeek);
    expect(figures.daysOff).toBeLessThan(0.7 * figures.daysOffAsLastWeeksChange);
  });
});

const worlds = 600;

/** How approaches are generated: straight, slowing down, or straight with noise that clings and weekdays that scale. */
type Course = 'straight' | 'slowing' | 'clinging';

interface Approach {
  readonly values: readonly number[];
  /** Days from the newest value until the trend is past the mark. */
  readonly truth: number;
}

function approach({ uniform, normal }: Noise, course: Course): Approach {
  const base = 0.03 + 0.01 * uniform();
  const days = 20 + 60 * uniform();
  const begins = 20 + 30 * uniform();
  const scatter = base * (0.02 + 0.08 * uniform());
  const week = Array.from({ length: 7 }, () => 0.05 * normal());
  const today = Math.floor(begins + days * (0.55 + 0.35 * uniform()));
  // A slowing course loses a fifth of its slope by the time it crosses.
  const slowing = course === 'slowing' ? 0.1 : 0;
  const way = (share: number) => share * (1 + slowing - slowing * share);
  const trend = (day: number) => base - (base - 0.02) * way(Math.max(0, day - begins) / days);
  const clinging = course === 'clinging' ? 0.3 : 0;
  let rest = 0;
  const values = Array.from({ length: today + 1 }, (_, day) => {
    rest = clinging * rest + Math.sqrt(1 - clinging ** 2) * normal();
    const weekday = week[day % 7] ?? 0;
    return (course === 'clinging' ? trend(day) * (1 + weekday) : trend(day) + base * weekday) + scatter * rest;
  });
  return { values, truth: Math.ceil(begins + days - today) };
}

function backtest(noise: Noise, course: Course) {
  let [found, inside, off, asLastWeek, asChange] = [0, 0, 0, 0, 0];
  for (let world = 0; world < worlds; world++) {
    const { values, truth } = approach(noise, course);
    const crossing = forecastCrossing({ ...asked, values });
    if (crossing === undefined) continue;
    found++;
    if (crossing.earliest <= truth && truth <= (crossing.latest ?? Infinity)) inside++;
    off += Math.abs(crossing.expected - truth);
    asLastWeek += Math.abs(repeatedWeek(values) - truth);
    asChange += Math.abs(repeatedChange(values) - truth);
  }
  const mean = (sum: number) => Number((sum / found).toFixed(1));
  return {
    found,
    inside: Number((inside / found).toFixed(3)),
    daysOff: mean(off),
    daysOffAsLastWeek: mean(asLastWeek),
    daysOffAsLastWeeksChange: mean(asChange),
  };
}

/** The same as last week, for ever: it crosses on the weekday that did, or not within the horizon. */
function repeatedWeek(values: readonly number[]): number {
  const below = values.slice(-7).findIndex((value) => value <= asked.mark);
  return below === -1 ? asked.horizon : below + 1;
}

/** Next week changes as much as this week did against the last. */
function repeatedChange(values: readonly number[]): number {
  const mean = (from: number, to?: number) => {
    const part = values.slice(from, to);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  };
  const now = mean(-7);
  const slope = (now - mean(-14, -7)) / 7;
  return slope >= 0 ? asked.horizon : Math.min(asked.horizon, Math.max(1, (now - asked.mark) / -slope - 3));
}
