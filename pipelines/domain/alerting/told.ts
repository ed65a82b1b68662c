import type { SeriesEvent } from './evaluate-series.ts';
import type { Severity, WarningState } from './warning.ts';

/** An event that subscribers were told, in short: enough to know it again, and to take it back. */
export interface Told {
  readonly period: string;
  readonly state: Exclude<WarningState, 'corrected'>;
  readonly severity: Severity;
  readonly since: string;
  /** It ended or began a failed evaluation, beside whatever else happened in that period. */
  readonly error: boolean;
  /** 0 at first; counts how often it was taken back and came true again. */
  readonly edition: number;
  /** Later data showed that it was not so, and subscribers were told. */
  readonly overturned: boolean;
}

export interface Reconciled {
  readonly told: readonly Told[];
  /** Events that nobody was told yet, with their entry in `told`. */
  readonly fresh: readonly { readonly event: SeriesEvent; readonly entry: Told }[];
  /** Events that are to be taken back. */
  readonly overturned: readonly Told[];
}

export interface ReconcileInput {
  readonly told: readonly Told[];
  readonly events: readonly SeriesEvent[];
  /** Periods from here … */
  readonly from: string;
  /** … to before here were judged again. */
  readonly until: string;
}

/** Compares what was told with what the data say now: what is new, and what has to be taken back. */
export function reconcile(input: ReconcileInput): Reconciled {
  // Most series have nothing to tell most of the time.
  if (input.events.length === 0 && input.told.length === 0) return { told: [], fresh: [], overturned: [] };
  const derived = new Map(input.events.map((event) => [eventKey(entryOf(event, 0)), event]));
  const known = new Map(input.told.map((entry) => [eventKey(entry), entry]));
  const samePlace = new Set(input.events.map((event) => `${event.period} ${event.state}`));
  const overturned: Told[] = [];
  const kept = input.told.map((entry) => {
    const judgedAgain = input.from <= entry.period && entry.period < input.until;
    if (entry.overturned || !judgedAgain || derived.has(eventKey(entry))) return entry;
    // A graver or milder verdict about the same period replaces this one; the new message says so itself.
    if (!samePlace.has(`${entry.period} ${entry.state}`)) overturned.push(entry);
    return { ...entry, overturned: true };
  });
  const fresh = [...derived.entries()].flatMap(([key, event]) => {
    const before = known.get(key);
    if (before !== undefined && !before.overturned) return [];
    return [{ event, entry: entryOf(event, before === undefined ? 0 : before.edition + 1) }];
  });
  const renewed = new Set(fresh.map(({ entry }) => eventKey(entry)));
  const told = [...kept.filter((entry) => !renewed.has(eventKey(entry))), ...fresh.map(({ entry }) => entry)];
  return { told: told.sort(byPeriod), fresh, overturned: worthTelling(overturned) };
}

/** What makes two tellings the same event. */
export function eventKey(entry: Pick<Told, 'period' | 'state' | 'severity' | 'error'>): string {
  return `${entry.period} ${entry.state} ${entry.severity} ${entry.error ? 'error' : 'mark'}`;
}

/** The end of a trouble that never was needs no message of its own. */
function worthTelling(overturned: readonly Told[]): readonly Told[] {
  const begins = new Set(overturned.filter((entry) => !isEnd(entry)).map((entry) => entry.since));
  return overturned.filter((entry) => entry.state !== 'recovering' && !(isEnd(entry) && begins.has(entry.since)));
}

/** True for what begins a trouble or makes it graver. */
export function isBegin(entry: Told): boolean {
  return !isEnd(entry);
}

function isEnd(entry: Told): boolean {
  return entry.state === 'recovered' || entry.state === 'recovering' || entry.state === 'unwatched';
}

function entryOf(event: SeriesEvent, edition: number): Told {
  return {
    period: event.period,
    state: event.state as Told['state'],
    severity: event.severity,
    since: event.since,
    error: isAboutError(event),
    edition,
    overturned: false,
  };
}

/** It tells that a rule cannot be evaluated, or that it can again. */
export function isAboutError(event: Pick<SeriesEvent, 'state' | 'previous'>): boolean {
  return event.state === 'error' || event.previous === 'error';
}

function byPeriod(a: Told, b: Told): number {
  return a.period < b.period ? -1 : a.period > b.period ? 1 : 0;
}
