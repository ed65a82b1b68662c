import type { NamedDay } from '../calendar.ts';
import type { AnomalyVersion, Grain } from '../threshold.ts';
import { firstNaming } from './named-days.ts';
import { type Calendars, type Series, seasonOf } from './series.ts';
import { isLeftOut, type Trouble } from './trouble.ts';

/** A series and what may be learnt from it. */
export interface Learning {
  readonly version: AnomalyVersion;
  readonly series: Series;
  readonly grain: Grain;
  readonly calendars: Calendars;
  /** Incidents so far; they teach nothing. */
  readonly troubles: readonly Trouble[];
}

/** A figure as something that was counted: `amount` of the numerator, against `size` of the denominator. */
export interface Counted {
  readonly value: number;
  readonly amount: number;
  /** Amount = value × size. */
  readonly size: number;
}

/** What a period counted, or undefined where it has no figure. */
export function countedAt({ series }: Learning, index: number): Counted | undefined {
  const observation = series.observations[index];
  if (!observation?.complete || observation.value === null || !Number.isFinite(observation.value)) return undefined;
  const { value, numerator, denominator } = observation;
  if (denominator === null || numerator === null) return { value, amount: value, size: 1 };
  return { value, amount: numerator, size: denominator / series.scale };
}

/** A figure that speaks for its time: none of an incident known by `asOf`, none that a calendar leaves out. */
export function soundAt(learning: Learning, index: number, asOf: number): Counted | undefined {
  const { version, series, grain, calendars, troubles } = learning;
  const counted = countedAt(learning, index);
  const period = series.periods[index];
  if (counted === undefined || period === undefined) return undefined;
  if (version.not_on.length > 0 && firstNaming(calendars, version.not_on, period) !== undefined) return undefined;
  if (troubles.length === 0) return counted;
  return isLeftOut(troubles, { period, asOf: series.periods[asOf] ?? '9999-12-31' }, grain) ? undefined : counted;
}

/** A sound figure of a day that is no festival's. */
export function ordinaryAt(learning: Learning, index: number, asOf: number): Counted | undefined {
  return festivalDayAt(learning, index) === undefined ? soundAt(learning, index, asOf) : undefined;
}

export function festivalDayAt({ version, series, calendars }: Learning, index: number): NamedDay | undefined {
  const period = series.periods[index];
  return period === undefined ? undefined : firstNaming(calendars, version.festivals, period);
}

/** Between October and New Year hardly a week is ordinary: so many times the wanted weeks are searched. */
export const reachedWeeks = 3;
/** From a day back to the same day of a festival a leap month ago. */
const daysToLastFestival = 385;
const comparedFestivals = 2;
const longestFestivalDays = 60;

/** Periods of history that an anomaly version looks back at: the weeks before, and those before the last festivals. */
export function lessonsBack(version: AnomalyVersion, grain: Grain): number {
  const weeks = reachedWeeks * version.weeks * seasonOf(grain) + 2 * version.together;
  // The hours of a day are held to what was usual before its first one.
  if (grain === 'hour') return weeks + 24;
  return grain === 'day' ? comparedFestivals * daysToLastFestival + longestFestivalDays + weeks : weeks;
}
