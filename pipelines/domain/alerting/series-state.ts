import type { Threshold } from '../threshold.ts';
import { evaluateSeries, type SeriesEvent, type Span } from './evaluate-series.ts';
import { type Calendars, isUnnamed, type Series, shiftPeriod } from './series.ts';
import { firstAtOrAfter, monthDigest } from './series-digest.ts';
import { idle, type Machine } from './state-machine.ts';
import { isBegin, reconcile, type Told } from './told.ts';
import { type Trouble, withEvent } from './trouble.ts';

/** Everything that is remembered of one series of one rule between two evaluations. */
export interface SeriesState {
  /** First period that is not judged yet. */
  readonly next: string;
  readonly machine: Machine;
  /** Starting points, by month (`YYYY-MM`), for judging again when data of a closed period change. */
  readonly checkpoints: readonly Checkpoint[];
  /** Periods before this are never judged again: the rule's text was another then. */
  readonly frozen: Frozen | null;
  /** Which text of the rule judged. */
  readonly rule: string;
  readonly told: readonly Told[];
  /** The last evaluation broke down over this series; absent where it did not. The rest is as it was before. */
  readonly failed?: FailedEvaluation;
}

export interface FailedEvaluation {
  /** Day of the clock (ISO date) on which it began. */
  readonly since: string;
  readonly reason: string;
}

/** Whether something that was read has the shape of a state, as far as judging goes by it. */
export function isSoundState(value: unknown): value is SeriesState {
  const state = value as Partial<SeriesState> | null;
  return (
    typeof state?.next === 'string' &&
    typeof state.rule === 'string' &&
    Array.isArray(state.told) &&
    Array.isArray(state.checkpoints) &&
    state.checkpoints.every((one: Partial<Checkpoint> | null) => typeof one?.month === 'string') &&
    state.frozen !== undefined &&
    typeof state.machine === 'object' &&
    state.machine !== null
  );
}

interface Checkpoint {
  readonly month: string;
  /** The machine before the month's first period. */
  readonly machine: Machine;
  /** Of the month's figures that were judged: equal figures need not be judged again. */
  readonly digest: string;
}

interface Frozen {
  readonly until: string;
  readonly machine: Machine;
}

export interface ContinueInput {
  readonly rule: Threshold;
  /** Fingerprint of the versions of the rule that judge up to a period (exclusive). */
  readonly fingerprintUntil: (period: string) => string;
  readonly series: Series;
  readonly calendars: Calendars;
  readonly previous: SeriesState | undefined;
  /** First day of the earliest month whose data changed since the last evaluation, if any did. */
  readonly changedFrom: string | undefined;
}

export interface Continued {
  readonly state: SeriesState;
  readonly fresh: readonly { readonly event: SeriesEvent; readonly entry: Told }[];
  readonly overturned: readonly Told[];
  /** Events of periods that are not told by name any more: neither right nor wrong, but over. */
  readonly unwatched: readonly Told[];
  readonly spans: readonly Span[];
}

/** Late data change the last two months as a rule; older changes are judged again from the beginning. */
const keptCheckpoints = 3;

/** Judges what is new or changed in a series. Pure: the same input gives the same state, and judging twice tells nothing. */
export function continueSeries(input: ContinueInput): Continued | undefined {
  const { series, rule } = input;
  const previous = frozenByNewText(input);
  const start = startOf(previous, input.changedFrom, series);
  const from = Math.max(firstAtOrAfter(series.periods, start.from), firstRow(series));
  // A release that was rolled back ends earlier than what was judged: nothing is taken back for that.
  const last = series.periods.at(-1);
  if (last === undefined) return undefined;
  const end = periodAfter(rule.grain, last);
  if (previous !== undefined && end < previous.next) return undefined;
  const remember = monthStarts(series, from);
  const { calendars } = input;
  const troubles = troublesBefore(previous?.told ?? [], start.from);
  const result = evaluateSeries({ rule, series, calendars, machine: start.machine, from, remember, troubles });
  const next = series.periods[result.next] ?? end;
  // What was said of hours that are forgotten by now is not taken back.
  const judgedFrom = rule.grain === 'hour' ? laterOf(start.from, series.periods[firstRow(series)] ?? '') : start.from;
  const told = reconcile({ told: previous?.told ?? [], events: result.events, from: judgedFrom, until: next });
  const isUnwatched = ({ period }: Told) => isUnnamed(series, series.periods.indexOf(period));
  const fromMonth = start.from.slice(0, 7);
  const earlier = (previous?.checkpoints ?? []).filter((checkpoint) => checkpoint.month <= fromMonth);
  const seen = [...result.before].map(([period, machine]) => ({ month: period.slice(0, 7), machine }));
  const checkpoints = [...earlier.filter(({ month }) => !seen.some((one) => one.month === month)), ...seen]
    .slice(-keptCheckpoints)
    .map((one) =>
      'digest' in one && one.month < fromMonth ? one : { ...one, digest: monthDigest(series, one.month, next) },
    );
  return {
    state: {
      next,
      machine: result.machine,
      checkpoints,
      frozen: previous?.frozen ?? null,
      rule: input.fingerprintUntil(next),
      told: told.told,
    },
    fresh: told.fresh,
    overturned: told.overturned.filter((entry) => !isUnwatched(entry)),
    unwatched: told.overturned.filter((entry) => isUnwatched(entry) && isBegin(entry)),
    spans: result.spans,
  };
}

/** All series of a table end alike. */
let known = { grain: 'day' as Threshold['grain'], period: '', after: '' };

function periodAfter(grain: Threshold['grain'], period: string): string {
  if (known.period !== period || known.grain !== grain) known = { grain, period, after: shiftPeriod(grain, period, 1) };
  return known.after;
}

/** A series whose evaluation broke down: it stands in error, and everything else is as it was, to be judged from there. */
export function failedState(
  previous: SeriesState | undefined,
  failed: FailedEvaluation,
  fingerprintUntil: ContinueInput['fingerprintUntil'],
): SeriesState {
  // The same trouble began when it began.
  if (previous?.failed?.reason === failed.reason) return previous;
  const never = { next: '', machine: idle, checkpoints: [], frozen: null, rule: fingerprintUntil(''), told: [] };
  return { ...(previous ?? never), failed: { ...failed, since: previous?.failed?.since ?? failed.since } };
}

/** Incidents that were told of before a period and not taken back. */
function troublesBefore(told: readonly Told[], from: string): readonly Trouble[] {
  const standing = told.filter((entry) => entry.period < from && !entry.overturned);
  return standing.reduce<readonly Trouble[]>(withEvent, []);
}

/** A rule that was rewritten judges from now on; a day of the past keeps the verdict of its time. */
function frozenByNewText(input: ContinueInput): SeriesState | undefined {
  const { previous } = input;
  if (previous === undefined || previous.rule === input.fingerprintUntil(previous.next)) return previous;
  return { ...previous, frozen: { until: previous.next, machine: previous.machine }, checkpoints: [] };
}

/**
 * Hours are forgotten after some months: a change before what is remembered does not judge them again from the beginning,
 * which is no longer there.
 */
function startOf(previous: SeriesState | undefined, changedFrom: string | undefined, series?: Series): Start {
  const beginning = { from: '', machine: idle };
  if (previous === undefined) return beginning;
  const end = { from: previous.next, machine: previous.machine };
  if (changedFrom === undefined || changedFrom >= previous.next) return end;
  const month = changedFrom.slice(0, 7);
  const last = previous.checkpoints.findLastIndex((one) => one.month <= month);
  const index = last < 0 && isOfHours(previous) && previous.frozen === null ? 0 : last;
  if (index >= 0 && previous.checkpoints.length > 0) {
    // The part of a month changes with every new day; most often nothing changed that was judged.
    const isChanged = (one: Checkpoint) =>
      series === undefined || monthDigest(series, one.month, previous.next) !== one.digest;
    const checkpoint = previous.checkpoints.slice(index).find(isChanged);
    return checkpoint === undefined ? end : { from: `${checkpoint.month}-01`, machine: checkpoint.machine };
  }
  return previous.frozen === null ? beginning : { from: previous.frozen.until, machine: previous.frozen.machine };
}

function laterOf(one: string, other: string): string {
  return one > other ? one : other;
}

function isOfHours({ next }: SeriesState): boolean {
  return next.length > 10;
}

interface Start {
  /** First period to judge; empty: the beginning. */
  readonly from: string;
  readonly machine: Machine;
}

/** Where a series begins: before its first row nothing is missing. */
function firstRow(series: Series): number {
  return Math.max(
    0,
    series.observations.findIndex((observation) => observation !== null),
  );
}

/** First period that must be judged, or undefined where everything must; history before it is read as well. */
export function startingPoint(previous: SeriesState, changedFrom: string | undefined): string | undefined {
  const { from } = startOf(previous, changedFrom);
  return from === '' ? undefined : from;
}

/** The first period of each month, from the index on. */
function monthStarts(series: Series, from: number): ReadonlySet<string> {
  const starts = new Set<string>();
  for (let index = Math.max(1, from); index < series.periods.length; index++) {
    const period = series.periods[index] ?? '';
    if (period.slice(0, 7) !== series.periods[index - 1]?.slice(0, 7)) starts.add(period);
  }
  return starts;
}
