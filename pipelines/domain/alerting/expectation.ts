import type { JudgingVersion } from '../threshold.ts';
import type { Calendars, Series } from './series.ts';

/** What a period should have looked like, and how far usual periods stray from it (in the KPI's unit). */
export interface Expectation {
  readonly expected: number;
  readonly spread: number;
}

export interface ExpectationInput {
  readonly version: JudgingVersion;
  readonly series: Series;
  readonly grain: 'day' | 'week' | 'month';
  readonly calendars: Calendars;
}

/** Between October and New Year hardly a week is ordinary: so many times the wanted weeks are searched for ordinary days. */
const reachedWeeks = 3;

/** Periods of history that a version looks back at. */
export function lookback(version: JudgingVersion, grain: 'day' | 'week' | 'month'): number {
  const perWeek = grain === 'day' ? 7 : 1;
  switch (version.kind) {
    case 'same_weekday':
      // Exempt weeks are skipped, so that as many again may be needed.
      return 2 * version.weeks * perWeek;
    case 'anomaly':
      return reachedWeeks * version.weeks * perWeek;
    case 'last_year':
      return yearBack(grain);
    default:
      return 0;
  }
}

/** Expectation for the period at `index`, or undefined where history does not suffice. Fixed rules expect nothing. */
export function expectationAt(input: ExpectationInput, index: number): Expectation | undefined {
  const { version } = input;
  switch (version.kind) {
    case 'fixed':
      return undefined;
    case 'target':
      return { expected: version.target_by_channel[input.series.channel_id] ?? version.target, spread: 0 };
    case 'last_year': {
      const value = usableValue(input, index - yearBack(input.grain));
      return value === undefined ? undefined : { expected: value, spread: 0 };
    }
    case 'same_weekday':
      return sameWeekday(input, index, version.weeks);
    case 'anomaly':
      return usual(input, index, version.weeks);
  }
}

/** 52 weeks keep the weekday; months and weeks go back by count. */
function yearBack(grain: 'day' | 'week' | 'month'): number {
  return { day: 364, week: 52, month: 12 }[grain];
}

function sameWeekday(input: ExpectationInput, index: number, weeks: number): Expectation | undefined {
  const step = input.grain === 'day' ? 7 : 1;
  const values: number[] = [];
  for (let back = 1; back <= 2 * weeks && values.length < weeks; back++) {
    const value = usableValue(input, index - back * step);
    if (value !== undefined) values.push(value);
  }
  // Half of the wanted weeks at least, or one odd day would be the yardstick.
  if (values.length * 2 < weeks || values.length < 2) return undefined;
  const expected = median(values);
  return { expected, spread: spreadAround(values, expected) };
}

/** Scatter of most values, in standard deviations of a normal one: a few odd days do not widen it. */
function spreadAround(values: readonly number[], middle: number): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/**
 * Usual level of the weekday times the present level of the whole series; spread by the median deviation, so that an
 * earlier incident in the training weeks neither moves the expectation nor hides the next one.
 */
function usual(input: ExpectationInput, index: number, weeks: number): Expectation | undefined {
  const season = input.grain === 'day' ? 7 : 1;
  const history: { readonly back: number; readonly value: number }[] = [];
  for (let back = 1; back <= reachedWeeks * weeks * season && history.length < weeks * season; back++) {
    const value = usableValue(input, index - back);
    if (value !== undefined) history.push({ back, value });
  }
  const bySeason: number[][] = Array.from({ length: season }, () => []);
  for (const { back, value } of history) bySeason[back % season]?.push(value);
  if (bySeason.some((values) => values.length < Math.max(3, weeks / 2))) return undefined;
  const typical = bySeason.map(median);
  const residuals = history.map(({ back, value }) => value - (typical[back % season] ?? 0));
  const recent = residuals.filter((_, at) => (history[at]?.back ?? 0) <= 2 * season);
  const middle = median(residuals);
  const expected = (typical[0] ?? 0) + (recent.length >= season ? median(recent) : 0);
  const deviation = spreadAround(residuals, middle);
  // Counts stray by their square root at least, however calm the training weeks were.
  const isCount = input.series.observations[index]?.denominator === null;
  const chance = isCount ? Math.sqrt(Math.max(0, expected)) : 0;
  const spread = Math.max(deviation, chance, Math.abs(expected) * 0.02);
  return spread > 0 ? { expected, spread } : undefined;
}

function usableValue(input: ExpectationInput, index: number): number | undefined {
  const observation = input.series.observations[index];
  const period = input.series.periods[index];
  if (!observation?.complete || observation.value === null || period === undefined) return undefined;
  if (!Number.isFinite(observation.value)) return undefined;
  return isExempt(input, period) ? undefined : observation.value;
}

/** True on days of a calendar that the version leaves out. */
export function isExempt(input: { version: JudgingVersion; calendars: Calendars }, period: string): boolean {
  return input.version.not_on.some((calendar) => input.calendars.get(calendar)?.(period) ?? false);
}

/** Middle value; the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
