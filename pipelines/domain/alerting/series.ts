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
  /** First days of the periods, without gaps, aligned with `observations`. */
  readonly periods: readonly string[];
  readonly observations: readonly (Observation | null)[];
  /** KPI that shows that business went on, aligned too; for presence rules. */
  readonly companion?: readonly (Observation | null)[];
  /** Of a member of a dimension: not 0 where other members of its channel have a complete figure; aligned. */
  readonly others?: ArrayLike<number>;
  /** Value = scale × numerator ÷ denominator. */
  readonly scale: number;
}

/** Days that are unlike others, by calendar: calendar id → what it says of a period, if it names it. */
export type Calendars = ReadonlyMap<string, (period: string) => NamedDay | undefined>;

/** The channel has told its members by name, and this one is not among them. */
export function isUnnamed({ observations, others }: Series, index: number): boolean {
  return Boolean(others?.[index]) && (observations[index] ?? null) === null;
}

const dayMilliseconds = 86_400_000;

/** Days since 1970-01-01 of an ISO date. */
export function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / dayMilliseconds);
}

/** ISO date of a day number. */
export function isoDate(day: number): string {
  return new Date(day * dayMilliseconds).toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return isoDate(dayNumber(date) + days);
}

/** First day of the period that holds the date; weeks begin on Monday. */
export function periodOf(grain: Grain, date: string): string {
  if (grain === 'day') return date;
  if (grain === 'month') return `${date.slice(0, 7)}-01`;
  const day = dayNumber(date);
  // 1970-01-01 was a Thursday.
  return isoDate(day - ((((day + 3) % 7) + 7) % 7));
}

/** First day of the period that is `count` periods later. */
export function shiftPeriod(grain: Grain, period: string, count: number): string {
  if (grain === 'day') return addDays(period, count);
  if (grain === 'week') return addDays(period, 7 * count);
  const months = Number(period.slice(0, 4)) * 12 + Number(period.slice(5, 7)) - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

/** Last day of a period. */
export function lastDayOf(grain: Grain, period: string): string {
  return addDays(shiftPeriod(grain, period, 1), -1);
}

/** First days of all periods from the one to the other, both included. */
export function periodsBetween(grain: Grain, first: string, last: string): string[] {
  const periods: string[] = [];
  if (grain === 'month') {
    for (let period = first; period <= last; period = shiftPeriod(grain, period, 1)) periods.push(period);
    return periods;
  }
  const step = grain === 'day' ? 1 : 7;
  const end = dayNumber(last);
  for (let day = dayNumber(first); day <= end; day += step) periods.push(isoDate(day));
  return periods;
}

/** Last period of a grain that is over on the day `through`. */
export function lastClosedPeriod(grain: Grain, through: string): string {
  const current = periodOf(grain, through);
  if (grain === 'day') return current;
  const isOver = lastDayOf(grain, current) === through;
  return isOver ? current : shiftPeriod(grain, current, -1);
}
