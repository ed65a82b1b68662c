/** Days are counted from 1970-01-01 and wall-clock times in seconds from its midnight, without any time zone. */
export const secondsPerDay = 86_400;

const isoDates = new Map<number, string>();
const clockTimes: string[] = [];

export function dayOf(isoDate: string): number {
  return Math.round(Date.parse(`${isoDate}T00:00:00Z`) / 86_400_000);
}

export function isoDate(day: number): string {
  let text = isoDates.get(day);
  if (text === undefined) {
    text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    isoDates.set(day, text);
  }
  return text;
}

/** The time of day as `HH:MM:SS`. */
export function clockTime(seconds: number): string {
  const second = seconds % secondsPerDay;
  const known = clockTimes[second];
  if (known !== undefined) return known;
  const part = (value: number): string => String(value).padStart(2, '0');
  const text = `${part(Math.floor(second / 3600))}:${part(Math.floor(second / 60) % 60)}:${part(second % 60)}`;
  clockTimes[second] = text;
  return text;
}

/** `2026-10-31 14:05:33`. */
export function dateTime(seconds: number): string {
  return `${isoDate(Math.floor(seconds / secondsPerDay))} ${clockTime(seconds)}`;
}

/** `20261031`. */
export function compactDate(day: number): string {
  const iso = isoDate(day);
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8);
}

/** `31.10.2026`. */
export function dottedDate(day: number): string {
  const iso = isoDate(day);
  return `${iso.slice(8)}.${iso.slice(5, 7)}.${iso.slice(0, 4)}`;
}

/** Monday is 0. */
export function weekday(day: number): number {
  return (day + 3) % 7;
}

/** First day of the month that the day lies in. */
export function monthOf(day: number): number {
  return day - Number(isoDate(day).slice(8)) + 1;
}

/** First day of the month after. */
export function nextMonth(day: number): number {
  return monthOf(monthOf(day) + 31);
}

/** Monday of the week that the day lies in. */
export function weekOf(day: number): number {
  return day - weekday(day);
}

/** Minutes that New York is ahead of UTC at a local time: summer time runs from 2 am on a Sunday to 2 am on another. */
export function newYorkOffset(seconds: number): number {
  const year = isoDate(Math.floor(seconds / secondsPerDay)).slice(0, 4);
  const starts = firstSunday(dayOf(`${year}-03-01`)) + 7;
  const ends = firstSunday(dayOf(`${year}-11-01`));
  const isSummer = seconds >= starts * secondsPerDay + 7200 && seconds < ends * secondsPerDay + 7200;
  return isSummer ? -240 : -300;
}

function firstSunday(day: number): number {
  return day + ((6 - weekday(day) + 7) % 7);
}
