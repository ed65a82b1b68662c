import type { Grain, JudgingVersion } from '../threshold.ts';
import { lessonsBack } from './history.ts';
import { firstNaming } from './named-days.ts';
import { median, spreadAround } from './robust.ts';
import { type Calendars, type Series, seasonOf } from './series.ts';

/** What a period should have looked like, and how far usual periods stray from it (in the KPI's unit). */
export interface Expectation {
  readonly expected: number;
  readonly spread: number;
}

export interface ExpectationInput {
  readonly version: JudgingVersion;
  readonly series: Series;
  readonly grain: Grain;
  readonly calendars: Calendars;
}

/** Periods of history that a version looks back at. */
export function lookback(version: JudgingVersion, grain: Grain): number {
  switch (version.kind) {
    case 'same_weekday':
      // Exempt weeks are skipped, so that as many again may be needed.
      return 2 * version.weeks * seasonOf(grain);
    case 'anomaly':
      return lessonsBack(version, grain);
    case 'last_year':
      return yearBack(grain);
    default:
      return 0;
  }
}

/** Expectation for the period at `index`, or undefined where there is none. Fixed rules expect nothing; anomaly rules learn. */
export function expectationAt(input: ExpectationInput, index: number): Expectation | undefined {
  const { version } = input;
  switch (version.kind) {
    case 'fixed':
    case 'anomaly':
      return undefined;
    case 'target':
      return { expected: version.target_by_channel[input.series.channel_id] ?? version.target, spread: 0 };
    case 'last_year': {
      const value = usableValue(input, index - yearBack(input.grain));
      return value === undefined ? undefined : { expected: value, spread: 0 };
    }
    case 'same_weekday':
      return sameWeekday(input, index, version.weeks);
  }
}

/** 52 weeks keep the weekday and the hour; months and weeks go back by count. */
function yearBack(grain: Grain): number {
  return { hour: 8736, day: 364, week: 52, month: 12 }[grain];
}

function sameWeekday(input: ExpectationInput, index: number, weeks: number): Expectation | undefined {
  const step = seasonOf(input.grain);
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

function usableValue(input: ExpectationInput, index: number): number | undefined {
  const observation = input.series.observations[index];
  const period = input.series.periods[index];
  if (!observation?.complete || observation.value === null || period === undefined) return undefined;
  if (!Number.isFinite(observation.value)) return undefined;
  return isExempt(input, period) ? undefined : observation.value;
}

/** True on days of a calendar that the version leaves out. */
export function isExempt(input: { version: JudgingVersion; calendars: Calendars }, period: string): boolean {
  return firstNaming(input.calendars, input.version.not_on, period) !== undefined;
}
