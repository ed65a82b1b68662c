import type { NamedDay } from '../calendar.ts';
import type { Grain } from '../threshold.ts';

/** One KPI value as a mart states it. `complete`: the period is over and every source delivered through its end. */
export interface Observation {
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly value: number | null;
  readonly complete: boolean;
}

/** Consecutive periods of one KPI in one channel, oldest first; null where the mart has no row. */
export interface Series {
  readonly kpi_id: string;
  readonly channel_id: string;
  /**
   * First days of the periods, or hours on the channel's clock (`2026-11-11T14:00`), without gaps, aligned with
   * `observations`.
   */
  readonly periods: readonly string[];
  readonly observations: readonly (Observation | null)[];
  /** KPI that shows that business went on, aligned too; for presence rules. */
  readonly companion?: readonly (Observation | null)[];
  /** Of a member of a dimension: not 0 where other members of its channel have a complete figure; aligned. */
  readonly others?: ArrayLike<number>;
  /** Value = scale × numerator ÷ denominator. */
  readonly scale: number;
  /** First period whose figure still rises: what belongs to it comes in for days. Absent: all figures stand. */
  readonly unripeFrom?: string;
  /** Hours that the channel's clock leaps over or shows twice: they are neither judged nor a yardstick. */
  readonly clockChanges?: ReadonlySet<string>;
}

/** Days that are unlike others, by calendar: calendar id → what it says of a period, if it names it. */
export type Calendars = ReadonlyMap<string, (period: string) => NamedDay | undefined>;

/** The figure of a period still rises. */
export function isUnripe({ unripeFrom }: Series, period: string): boolean {
  return unripeFrom !== undefined && period >= unripeFrom;
}

/** The channel has told its members by name, and this one is not among them. */
export function isUnnamed({ observations, others }: Series, index: number): boolean {
  return Boolean(others?.[index]) && (observations[index] ?? null) === null;
}

const dayMilliseconds = 86_400_000;

/** Days since 1970-01-01 of an ISO date, or of the day of an hour. */
export function dayNumber(period: string): number {
  return Math.round(Date.parse(`${period.slice(0, 10)}T00:00:00Z`) / dayMilliseconds);
}

/** The hour of the day with which a period begins. */
export function hourOf(period: string): number {
  return period.length > 10 ? Number(period.slice(11, 13)) : 0;
}

/** Days from one period to another; of hours, with their part of a day. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from) + (hourOf(to) - hourOf(from)) / 24;
}

/** Numbers periods by their length in whole days, or in hours: of two that follow each other the numbers do too. */
export function periodNumber(grain: Grain, period: string): number {
  return grain === 'hour' ? 24 * dayNumber(period) + hourOf(period) : dayNumber(period);
}

/** Periods after which the week repeats; 1 for those that are no part of one. */
export function seasonOf(grain: Grain): number {
  return { hour: 168, day: 7, week: 1, month: 1 }[grain];
}

/** ISO date of a day number. */
export function isoDate(day: number): string {
  return new Date(day * dayMilliseconds).toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return isoDate(dayNumber(date) + days);
}

/** The period that holds the date, by its first day; weeks begin on Monday. Of hours, the first one of the day. */
export function periodOf(grain: Grain, date: string): string {
  if (grain === 'hour') return `${date}T00:00`;
  if (grain === 'day') return date;
  if (grain === 'month') return `${date.slice(0, 7)}-01`;
  const day = dayNumber(date);
  // 1970-01-01 was a Thursday.
  return isoDate(day - ((((day + 3) % 7) + 7) % 7));
}

/** The period that is `count` periods later. */
export function shiftPeriod(grain: Grain, period: string, count: number): string {
  if (grain === 'hour') return hourPeriod(periodNumber('hour', period) + count);
  if (grain === 'day') return addDays(period, count);
  if (grain === 'week') return addDays(period, 7 * count);
  const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

function hourPeriod(number: number): string {
  const day = Math.floor(number / 24);
  return `${isoDate(day)}T${String(number - 24 * day).padStart(2, '0')}:00`;
}

/** Last day of a period. */
export function lastDayOf(grain: Grain, period: string): string {
  return addDays(shiftPeriod(grain, period, 1), -1);
}

/** All periods from the one to the other, both included. */
export function periodsBetween(grain: Grain, first: string, last: string): string[] {
  const periods: string[] = [];
  if (grain === 'month') {
    for (let period = first; period <= last; period = shiftPeriod(grain, period, 1)) periods.push(period);
    return periods;
  }
  const step = grain === 'week' ? 7 : 1;
  const nameOf = grain === 'hour' ? hourPeriod : isoDate;
  const end = periodNumber(grain, last);
  for (let number = periodNumber(grain, first); number <= end; number += step) periods.push(nameOf(number));
  return periods;
}

/** Last period of a grain that is over on the day `through`. */
export function lastClosedPeriod(grain: Grain, through: string): string {
  const current = periodOf(grain, through);
  if (grain === 'hour') return shiftPeriod('hour', current, 23);
  if (grain === 'day') return current;
  const isOver = lastDayOf(grain, current) === through;
  return isOver ? current : shiftPeriod(grain, current, -1);
}
