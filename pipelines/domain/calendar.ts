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
  const short = date.slice(5);
  return given.days.some(({ from, to }) => {
    const day = from.length === 5 ? short : date;
    return from <= day && day <= to;
  });
}
