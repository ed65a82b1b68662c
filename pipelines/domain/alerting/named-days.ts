import { type Calendar, type NamedDay, namedDay } from '../calendar.ts';
import type { Calendars } from './series.ts';

/** Calendars by id, each day asked once: every series asks about the same days. */
export function namedDaysOf(calendars: ReadonlyMap<string, Calendar>): Calendars {
  return new Map([...calendars].map(([id, calendar]) => [id, remembering((day) => namedDay(calendar, day))]));
}

/** What the first of the calendars that names a period's day says of it. */
export function firstNaming(calendars: Calendars, names: readonly string[], period: string): NamedDay | undefined {
  if (names.length === 0) return undefined;
  const day = period.length > 10 ? period.slice(0, 10) : period;
  const found = lookups.get(calendars) ?? new Map<readonly string[], (day: string) => NamedDay | undefined>();
  lookups.set(calendars, found);
  const lookup = found.get(names) ?? remembering((asked) => askInOrder(calendars, names, asked));
  found.set(names, lookup);
  return lookup(day);
}

/** One answer a day for each list of names, however many calendars it has: asked a hundred times for every verdict. */
const lookups = new WeakMap<Calendars, Map<readonly string[], (day: string) => NamedDay | undefined>>();

function askInOrder(calendars: Calendars, names: readonly string[], day: string): NamedDay | undefined {
  for (const name of names) {
    const named = calendars.get(name)?.(day);
    if (named !== undefined) return named;
  }
  return undefined;
}

function remembering<T>(ask: (day: string) => T): (day: string) => T {
  const known = new Map<string, T>();
  return (day) => {
    if (known.has(day)) return known.get(day) as T;
    const answer = ask(day);
    known.set(day, answer);
    return answer;
  };
}
