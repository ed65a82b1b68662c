import { isDeepStrictEqual } from 'node:util';
import type { Span } from '../domain/alerting/evaluate-series.ts';
import { addDays, type Calendars, periodOf } from '../domain/alerting/series.ts';
import {
  type Continued,
  continueSeries,
  failedState,
  isSoundState,
  type SeriesState,
} from '../domain/alerting/series-state.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import type { Kpi } from '../domain/kpi.ts';
import { patienceOf, type Threshold } from '../domain/threshold.ts';
import { digest, type EvaluationRecord } from './alert-store.ts';
import { type KpiTable, martOf, seriesOf } from './kpi-series.ts';
import type { PendingMessages } from './write-pending.ts';

/** A rule with what all of its series have in common. */
export interface Task {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  /** KPI that shows whether business went on beside it. */
  readonly companion: string | undefined;
  /** Hours that the clock of a channel leaps over or shows twice; absent where periods are longer. */
  readonly clockChangesOf?: ClockChangesOf;
  /** First period whose figure still rises; absent where all figures stand. */
  readonly unripeFrom?: string;
  readonly fingerprintUntil: (period: string) => string;
  /** First day of the earliest month of its mart that changed. */
  readonly changedFrom: string | undefined;
  readonly calendars: Calendars;
  /** States of its series as they become, by series. */
  readonly states: Map<string, SeriesState>;
  /** The clock's day (ISO date). */
  readonly today: string;
}

/** A series that an unforeseen error kept from being judged or told of. */
export interface FailedSeries {
  readonly rule: string;
  readonly channel_id: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly reason: string;
}

export type ClockChangesOf = (channel: string) => ReadonlySet<string>;

/** What the rules add to, one after the other. */
export interface Outcome {
  /** Series with something to tell; taken out once it is written. */
  readonly pending: PendingMessages[];
  readonly records: EvaluationRecord[];
  readonly failures: FailedSeries[];
  changed: boolean;
}

export interface RuleToJudge {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  readonly calendars: Calendars;
  /** First day of the earliest changed month, by mart. */
  readonly changedFrom: ReadonlyMap<string, string>;
  readonly clockChangesOf: ClockChangesOf;
  readonly states: Map<string, SeriesState>;
  readonly today: string;
  /** Last day to judge. */
  readonly through: string;
}

export function taskOf({ rule: written, changedFrom, clockChangesOf, ...rest }: RuleToJudge): Task {
  const { kpi, calendars, states, today, through } = rest;
  const { matures_in_days: days } = kpi;
  const rule = waitingForMaturity(written, kpi);
  return {
    rule,
    kpi,
    companion: companionOf(rule),
    fingerprintUntil: ruleFingerprints(rule),
    changedFrom: changedFrom.get(martOf(rule).mart),
    calendars,
    states,
    today,
    ...(rule.grain === 'hour' && { clockChangesOf }),
    ...(days > 0 && { unripeFrom: periodOf(rule.grain, addDays(through, 1 - days)) }),
  };
}

/**
 * Judges one series by one rule and takes down what there is to remember, to record and to tell. An error that nobody
 * foresaw is this series' own: the others are judged all the same.
 */
export function judgeSeries(task: Task, key: string, table: KpiTable, outcome: Outcome): void {
  try {
    judge(task, key, table, outcome);
  } catch (error) {
    setFailed(
      task,
      { key, previous: task.states.get(key), through: table.periods.at(-1) ?? task.today, error },
      outcome,
    );
  }
}

export interface Breakdown {
  readonly key: string;
  /** State before this evaluation. */
  readonly previous: SeriesState | undefined;
  /** Last period that was to be judged. */
  readonly through: string;
  readonly error: unknown;
}

/** Puts a series into error. What it had to tell is forgotten, so that the next evaluation finds it again. */
export function setFailed(task: Task, { key, previous, through, error }: Breakdown, outcome: Outcome): void {
  const { rule, states, today, fingerprintUntil } = task;
  const reason = String(error).slice(0, 200);
  // What is damaged stays as it is: somebody may mend it.
  const isSound = previous === undefined || isSoundState(previous);
  const state = isSound ? failedState(previous, { since: today, reason }, fingerprintUntil) : previous;
  outcome.changed ||= state !== previous;
  states.set(key, state);
  record(task, key, [{ from: through, to: through, outcome: 'failed', periods: 1 }], outcome);
  const { channel, dimensions } = subjectOf(key);
  outcome.failures.push({ rule: rule.threshold, channel_id: channel, dimensions, reason });
}

const damagedState =
  'what is remembered of it under alerts/states is damaged; restore the object from an earlier version';

function judge(task: Task, key: string, table: KpiTable, outcome: Outcome): void {
  const { kpi, states } = task;
  const previous = states.get(key);
  if (previous !== undefined && !isSoundState(previous)) throw new Error(damagedState);
  const series = seriesOf(table, kpi, key, task);
  const continued = continueSeries({ ...task, series, previous });
  if (continued === undefined) return;
  outcome.changed ||= previous?.next !== continued.state.next || !isDeepStrictEqual(previous, continued.state);
  states.set(key, continued.state);
  record(task, key, continued.spans, outcome);
  if (isTelling(continued)) outcome.pending.push({ task, series: key, previous, continued });
}

function isTelling({ fresh, overturned, unwatched }: Continued): boolean {
  return fresh.length + overturned.length + unwatched.length > 0;
}

function record({ rule }: Task, key: string, spans: readonly Span[], { records }: Outcome): void {
  const { channel, dimensions } = subjectOf(key);
  const about = { rule: rule.threshold, channel_id: channel, ...(rule.dimension !== undefined && { dimensions }) };
  for (const span of spans) records.push({ ...about, ...span });
}

/** The KPI that a presence rule looks at beside its own. */
export function companionOf(rule: Threshold): string | undefined {
  return rule.versions.map((version) => (version.kind === 'presence' ? version.while : undefined)).find(Boolean);
}

/** A figure that ripens, as refunds by order date do, is not missing before it is ripe. */
function waitingForMaturity(rule: Threshold, kpi: Kpi): Threshold {
  const daysPerPeriod = { hour: 1 / 24, day: 1, week: 7, month: 28 }[rule.grain];
  return { ...rule, late_after: patienceOf(rule) + Math.ceil(kpi.matures_in_days / daysPerPeriod) };
}

/** Fingerprint of the versions that judge up to a period; a rule has few versions, so each prefix is hashed once. */
function ruleFingerprints(rule: Threshold): (period: string) => string {
  const known = new Map<number, string>();
  return (period) => {
    const count = rule.versions.filter((version) => (version.effective_from ?? '') < period).length;
    const fingerprint = known.get(count) ?? digest(JSON.stringify(rule.versions.slice(0, count)));
    known.set(count, fingerprint);
    return fingerprint;
  };
}
