import { addDays, daysBetween, shiftPeriod } from './series.ts';

/** Periods that teach nothing: from the day or hour before a trouble shows to its recovery; `ended` is null while it lasts. */
export interface Trouble {
  readonly from: string;
  /** When it was noticed. */
  readonly known: string;
  readonly ended: string | null;
}

/** What is needed of an event to know where troubles lie. */
export interface TroubleEvent {
  readonly period: string;
  readonly since: string;
  readonly state: string;
  /** It is about a failed evaluation. */
  readonly error: boolean;
}

/** Adds an event to the troubles so far: a breach opens one; a recovery closes it, or that nobody looks any more. */
export function withEvent(troubles: readonly Trouble[], event: TroubleEvent): readonly Trouble[] {
  const open = troubles.at(-1)?.ended === null ? troubles.at(-1) : undefined;
  if (event.state === 'breached') {
    return open ? troubles : [...troubles, { from: before(event.since), known: event.period, ended: null }];
  }
  const isEnd = event.state === 'recovered' || event.state === 'unwatched';
  if (!isEnd || event.error || open === undefined) return troubles;
  return [...troubles.slice(0, -1), { ...open, ended: event.period }];
}

function before(period: string): string {
  return period.length > 10 ? shiftPeriod('hour', period, -1) : addDays(period, -1);
}

/** What lasts longer than this is no incident any more but the new usual, and is learnt. */
const learntAfterDays = { hour: 14, day: 21, week: 84, month: 190 } as const;

/** A period, and the later one that asks about it. */
export interface AskedPeriod {
  readonly period: string;
  readonly asOf: string;
}

/**
 * Whether a period teaches nothing because it lies in a trouble. What was not known by the asking period leaves nothing out.
 */
export function isLeftOut(
  troubles: readonly Trouble[],
  { period, asOf }: AskedPeriod,
  grain: keyof typeof learntAfterDays,
): boolean {
  return troubles.some(({ from, known, ended }) => {
    const until = ended === null || ended > asOf ? asOf : ended;
    if (known >= asOf || period > until || period < from) return false;
    return daysBetween(from, until) <= learntAfterDays[grain];
  });
}
