import { z } from 'zod';
import { bilingual, identifier } from './text.ts';

/** Stretches of days that are unlike others: they are neither judged nor a yardstick by rules that name the calendar. */
export const calendar = z.strictObject({
  calendar: identifier,
  title: bilingual,
  days: z
    .array(
      z
        .strictObject({
          /** `MM-DD` for every year, or a full date. */
          from: z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, 'expected MM-DD or YYYY-MM-DD'),
          to: z.string().regex(/^(\d{4}-)?\d{2}-\d{2}$/, 'expected MM-DD or YYYY-MM-DD'),
        })
        .refine((stretch) => stretch.from.length === stretch.to.length, 'from and to must be written alike')
        .refine((stretch) => stretch.from <= stretch.to, 'from must not be after to; split a stretch over New Year'),
    )
    .min(1),
});
export type Calendar = z.infer<typeof calendar>;

/** Whether a calendar names the day (ISO date). */
export function isNamedBy(given: Calendar, date: string): boolean {
  return stretchOf(given, date) !== undefined;
}

/** A day that a calendar names. */
export interface NamedDay {
  /** Days since the first one of its stretch. */
  readonly into: number;
  /** Days back to the same day of last year's stretch; absent where the calendar does not know that year. */
  readonly toLastYear: number | undefined;
}

/**
 * What a calendar says of a day. Last year's day is the same date where the calendar gives one for every year, and else as
 * many days into last year's stretch: so New Year's Eve is compared with New Year's Eve, whatever the date.
 */
export function namedDay(given: Calendar, date: string): NamedDay | undefined {
  const stretch = stretchOf(given, date);
  if (stretch === undefined) return undefined;
  const year = Number(date.slice(0, 4));
  if (stretch.from.length === 5) {
    // 29 February has no last year of its own.
    const lastYear = `${year - 1}${date.slice(4) === '-02-29' ? '-02-28' : date.slice(4)}`;
    return { into: daysBetween(`${year}-${stretch.from}`, date), toLastYear: daysBetween(lastYear, date) };
  }
  const into = daysBetween(stretch.from, date);
  const before = given.days.find(({ from, to }) => {
    if (from.length === 5) return false;
    const apart = daysBetween(from, stretch.from);
    return apart > 330 && apart < 400 && into <= daysBetween(from, to);
  });
  return { into, toLastYear: before === undefined ? undefined : daysBetween(before.from, stretch.from) };
}

function stretchOf(given: Calendar, date: string): Calendar['days'][number] | undefined {
  const short = date.slice(5);
  return given.days.find(({ from, to }) => {
    const day = from.length === 5 ? short : date;
    return from <= day && day <= to;
  });
}

const dayMilliseconds = 86_400_000;

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMilliseconds);
}
