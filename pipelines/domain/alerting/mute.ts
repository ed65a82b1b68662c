import { type Calendar, isNamedBy } from '../calendar.ts';
import type { MuteTimes } from '../route.ts';
import type { Severity } from './warning.ts';

export interface MuteQuestion {
  readonly now: Date;
  readonly severity: Severity;
  readonly calendars: ReadonlyMap<string, Calendar>;
}

/** Whether a route rests at a time. */
export function isMuted(times: MuteTimes, { now, severity, calendars }: MuteQuestion): boolean {
  if (times.except.includes(severity)) return false;
  const { date, weekday, clock } = localTime(now, times.time_zone);
  if (times.weekdays.includes(weekday)) return true;
  if (times.hours.some(({ from, to }) => isBetween(clock, from, to))) return true;
  return times.calendars.some((name) => {
    const calendar = calendars.get(name);
    return calendar !== undefined && isNamedBy(calendar, date);
  });
}

function isBetween(clock: string, from: string, to: string): boolean {
  return from <= to ? from <= clock && clock < to : from <= clock || clock < to;
}

/** Date (ISO), weekday (1 = Monday) and time of day (`HH:MM`) in a time zone. */
function localTime(now: Date, timeZone: string): { date: string; weekday: number; clock: string } {
  // Swedish writes dates as ISO does.
  const [date = '', clock = ''] = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
    .format(now)
    .split(' ');
  return { date, weekday: new Date(`${date}T00:00:00Z`).getUTCDay() || 7, clock };
}
