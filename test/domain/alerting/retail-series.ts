import { addDays, dayNumber, type Observation, type Series } from '../../../pipelines/domain/alerting/series.ts';

/** A small generator of noise; the same seed gives the same world. */
export function noiseFrom(seed: number): { uniform: () => number; normal: () => number } {
  let state = (seed * 2654435761) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

/** What was done to a series on purpose. Days are ISO dates, both included. */
export interface Planted {
  readonly from: string;
  readonly to: string;
  /** Factor on the day's figure. */
  readonly factor: number;
}

export interface RetailSeries {
  readonly series: Series;
  readonly planted: readonly Planted[];
}

/** New Year's Days of the Chinese calendar. */
const newYears = ['2024-02-10', '2025-01-29', '2026-02-17'];

/** What a festival does to a day's orders: presales, the day itself, the lull after it; few orders while couriers rest. */
function festival(day: string): number {
  const short = day.slice(5);
  if (short === '06-18' || short === '11-11') return 4.5;
  if (short >= '06-01' && short < '06-18') return 1.35;
  if (short > '06-18' && short <= '06-21') return 0.75;
  if (short >= '10-20' && short < '11-11') return 1.4;
  if (short > '11-11' && short <= '11-14') return 0.7;
  if (short === '12-12') return 2.2;
  for (const newYear of newYears) {
    const distance = dayNumber(day) - dayNumber(newYear);
    if (distance >= -21 && distance < -7) return 1.3;
    if (distance >= -7 && distance <= 8) return 0.35;
  }
  return 1;
}

export const firstDay = '2024-07-01';

/**
 * Orders of one channel over days, with weekdays, growth, a slow swing over the year, festivals, and noise wider than
 * chance; incidents of some days in ordinary times, outside the festivals and far enough from each other.
 */
export function retailSeries(seed: number, days: number): RetailSeries {
  const { uniform, normal } = noiseFrom(seed);
  const level = 120 * 10 ** (1.4 * uniform());
  const week = Array.from({ length: 7 }, () => 1 + 0.18 * (2 * uniform() - 1));
  const growth = (0.5 * uniform() - 0.1) / 365;
  const swing = 0.08 * uniform();
  const scatter = 0.03 + 0.04 * uniform();
  const planted = plant(uniform, days);
  const observations = Array.from({ length: days }, (_, index): Observation => {
    const day = addDays(firstDay, index);
    const incident = planted.find(({ from, to }) => from <= day && day <= to)?.factor ?? 1;
    const season = 1 + swing * Math.sin((2 * Math.PI * dayNumber(day)) / 365);
    const mean = level * (week[dayNumber(day) % 7] ?? 1) * (1 + growth * index) * season * festival(day) * incident;
    const value = Math.max(0, Math.round(mean * (1 + scatter * normal()) + Math.sqrt(mean) * normal()));
    return { numerator: value, denominator: null, value, complete: true };
  });
  const periods = observations.map((_, index) => addDays(firstDay, index));
  return { planted, series: { kpi_id: 'orders', channel_id: `s${seed}`, periods, observations, scale: 1 } };
}

/** One incident about every two months: orders fall by a half or more, or double, for two days to a week. */
function plant(uniform: () => number, days: number): Planted[] {
  const planted: Planted[] = [];
  for (let index = 70 + Math.floor(20 * uniform()); index < days - 20; index += 45 + Math.floor(30 * uniform())) {
    const length = 2 + Math.floor(6 * uniform());
    const from = addDays(firstDay, index);
    const to = addDays(firstDay, index + length - 1);
    const factor = uniform() < 0.75 ? 0.15 + 0.4 * uniform() : 1.9 + uniform();
    const isOrdinary = [from, to].every((day) => !isNearFestival(day));
    if (isOrdinary) planted.push({ from, to, factor });
  }
  return planted;
}

/** Days on which the calendars let nothing be judged, and some around them. */
function isNearFestival(day: string): boolean {
  return [-10, -5, 0, 5].some((shift) => {
    const near = addDays(day, shift);
    const short = near.slice(5);
    return festival(near) !== 1 || (short >= '10-01' && short <= '10-08') || short >= '11-15' || short <= '01-07';
  });
}
