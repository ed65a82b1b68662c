/** A stretch of time in which a zone's clock is so many minutes ahead of UTC. Instants as `YYYY-MM-DD HH:MM:SS` in UTC. */
export interface ZoneOffset {
  readonly timezone: string;
  readonly from_at: string;
  /** Exclusive. */
  readonly until_at: string;
  readonly offset_minutes: number;
}

const minute = 60_000;
/** No zone turns its clock twice within so many days. */
const stride = 7 * 24 * 60 * minute;
const beforeAllTime = '1900-01-01 00:00:00';
const afterAllTime = '2200-01-01 00:00:00';

/** The offsets of a zone over some years, without gaps; the first and the last one reach to the ends of time. */
export function zoneOffsets(timezone: string, firstYear: number, lastYear: number): ZoneOffset[] {
  const offsetAt = offsetOf(timezone);
  const end = Date.UTC(lastYear + 1, 0, 1);
  const found: ZoneOffset[] = [];
  let from_at = beforeAllTime;
  let at = Date.UTC(firstYear, 0, 1);
  for (; at < end; at += stride) {
    if (offsetAt(at) === offsetAt(at + stride)) continue;
    const until_at = withoutZone(firstWithOther(offsetAt, at, at + stride));
    found.push({ timezone, from_at, until_at, offset_minutes: offsetAt(at) });
    from_at = until_at;
  }
  return [...found, { timezone, from_at, until_at: afterAllTime, offset_minutes: offsetAt(at) }];
}

/** Names that were asked for before: dozens of contracts share a few zones, and making a clock to tell takes a millisecond. */
const asked = new Map<string, boolean>();

/** Whether the machine knows a zone of this name. */
export function isTimeZone(name: string): boolean {
  const isZone = asked.get(name) ?? canShowTime(name);
  asked.set(name, isZone);
  return isZone;
}

function canShowTime(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** Minutes by which a zone's clock is ahead of UTC at an instant. */
function offsetOf(timeZone: string): (instant: number) => number {
  // Swedish writes dates as ISO does.
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (instant) => Math.round((Date.parse(`${clock.format(instant).replace(' ', 'T')}Z`) - instant) / minute);
}

/** The first minute between two instants at which the clock differs from the earlier one. */
function firstWithOther(offsetAt: (instant: number) => number, earlier: number, later: number): number {
  const before = offsetAt(earlier);
  let [low, high] = [earlier / minute, later / minute];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * minute) === before) low = middle;
    else high = middle;
  }
  return high * minute;
}

function withoutZone(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ');
}
