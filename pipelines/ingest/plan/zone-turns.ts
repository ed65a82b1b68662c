const firstYear = 2000;
const lastYear = 2039;
const dayMillis = 86_400_000;

/** Days on which a zone's clocks are changed, by zone and year. */
const turnsOf = new Map<string, Map<number, readonly string[]>>();
const changing = new Map<string, boolean>();

/** Whether a zone's clocks are ever changed between 2000 and 2040. Asked month by month, so it is cheap. */
export function changesClocks(zone: string): boolean {
  const known = changing.get(zone);
  if (known !== undefined) return known;
  const offset = offsetsOf(zone);
  const first = offset(Date.UTC(firstYear, 0));
  const months = (lastYear - firstYear + 1) * 12;
  const changes = Array.from({ length: months }, (_, at) => Date.UTC(firstYear, at)).some((at) => offset(at) !== first);
  changing.set(zone, changes);
  return changes;
}

/** The days between two ISO days on which a zone's clocks are changed. */
export function turnDays(zone: string, from: string, to: string): string[] {
  const years: number[] = [];
  const [first, last] = [from, to].map((day) => Number(day.slice(0, 4)));
  for (let year = Math.max(first ?? 0, firstYear); year <= Math.min(last ?? 0, lastYear); year += 1) years.push(year);
  return years.flatMap((year) => daysOfYear(zone, year)).filter((day) => day >= from && day <= to);
}

function daysOfYear(zone: string, year: number): readonly string[] {
  const years = turnsOf.get(zone) ?? new Map<number, readonly string[]>();
  turnsOf.set(zone, years);
  const days = years.get(year) ?? findDays(zone, year);
  years.set(year, days);
  return days;
}

/** Weeks are compared first, then the days of those in which the offset changes. */
function findDays(zone: string, year: number): string[] {
  const offset = offsetsOf(zone);
  const found: string[] = [];
  const end = Date.UTC(year + 1, 0, 2);
  for (let week = Date.UTC(year, 0) - dayMillis; week < end; week += 7 * dayMillis) {
    if (offset(week) === offset(week + 7 * dayMillis)) continue;
    for (let day = week; day < week + 7 * dayMillis; day += dayMillis) {
      // The day on the zone's own clock may be the one before or behind that of UTC.
      if (offset(day) !== offset(day + dayMillis)) found.push(...[-1, 0, 1].map((by) => isoDay(day + by * dayMillis)));
    }
  }
  return [...new Set(found)].filter((day) => day.startsWith(String(year)));
}

function isoDay(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** Reads a zone's offset at a moment, as text: only whether it differs matters. */
function offsetsOf(zone: string): (millis: number) => string | undefined {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  return (millis) => format.formatToParts(millis).find(({ type }) => type === 'timeZoneName')?.value;
}
