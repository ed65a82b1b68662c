import type { Definitions } from '../definitions.ts';
import { historyPeriods } from '../domain/alerting/evaluate-series.ts';
import { namedDaysOf } from '../domain/alerting/named-days.ts';
import { type Calendars, lastClosedPeriod, shiftPeriod } from '../domain/alerting/series.ts';
import { isSoundState, type SeriesState, startingPoint } from '../domain/alerting/series-state.ts';
import { isNamedMember, subjectKey, subjectOf } from '../domain/alerting/subject.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { clockChangesByChannel } from '../domain/channel-clock.ts';
import type { Threshold } from '../domain/threshold.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import type { EvaluationRecord } from './alert-store.ts';
import { allChannels, type ChannelRange, isWithin } from './channel-range.ts';
import {
  type ClockChangesOf,
  companionOf,
  type FailedSeries,
  judgeSeries,
  type Outcome,
  type Task,
  taskOf,
} from './judge-series.ts';
import { findSeries, type KpiReading, readSlice } from './kpi-reading.ts';
import { knowsGrain, martOf, type SeriesRange } from './kpi-series.ts';
import type { SeriesStates } from './state-shards.ts';
import { writePending } from './write-pending.ts';

export interface RuleInput {
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  readonly states: SeriesStates;
  /** Whose series are judged; default: all. */
  readonly channels?: ChannelRange;
  /** Last day to judge. */
  readonly through: string;
  /** First day of the earliest changed month, by mart. */
  readonly changedFrom: ReadonlyMap<string, string>;
  /** The clock's day (ISO date). */
  readonly today: string;
}

export interface RuleEvaluation {
  readonly states: SeriesStates;
  readonly warnings: readonly Warning[];
  readonly records: readonly EvaluationRecord[];
  /** Whether any series has another state than before. */
  readonly changed: boolean;
  /** Series that could not be judged, because an unforeseen error came in between. */
  readonly failures: readonly FailedSeries[];
}

/**
 * Judges all rules on all their series. Each KPI mart is read once, only as far back as something has to be judged, and so
 * many series at a time that their figures fit.
 */
export async function evaluateRules(input: RuleInput): Promise<RuleEvaluation> {
  const states = new Map([...input.states].map(([rule, channels]) => [rule, new Map(channels)]));
  const calendars = namedDaysOf(input.definitions.calendars);
  const year = Number(input.through.slice(0, 4));
  const clockChangesOf = clockChangesByChannel(input.definitions.contracts, [year - 1, year]);
  const outcome: Outcome = { pending: [], records: [], failures: [], changed: false };
  const warnings: Warning[] = [];
  for (const rules of readingsOf(input)) {
    const reading = await findSeries(input.session, rangeOf(input, rules));
    const plan = planOf(reading, tasksOf(rules, { ...input, calendars, clockChangesOf, states }), input.channels);
    for (const [index, slice] of reading.slices.entries()) {
      const table = await readSlice(input.session, reading, slice);
      for (const { key, tasks } of plan[index] ?? []) {
        for (const task of tasks) judgeSeries(task, key, table, outcome);
      }
    }
    warnings.push(...(await writePending(input, outcome)));
  }
  const { records, changed, failures } = outcome;
  return { states, records, changed, failures, warnings: warnings.sort(byPeriod) };
}

/** The rules that can be judged, those that are judged from one reading together. */
export function readingsOf({ session, definitions }: Pick<RuleInput, 'session' | 'definitions'>): Threshold[][] {
  const written = [...definitions.thresholds.values()].filter(({ grain }) => knowsGrain(session, grain));
  return [...Map.groupBy(written, (rule) => readingOf(rule, written)).values()];
}

/** Rules on one KPI are judged from one reading. KPIs that are learnt from are read years back, and others need not be. */
function readingOf(rule: Threshold, all: readonly Threshold[]): string {
  const isLearnt = all.some(
    (other) =>
      other.kpi === rule.kpi &&
      tableOf(other) === tableOf(rule) &&
      other.versions.some(({ kind }) => kind === 'anomaly'),
  );
  return JSON.stringify([tableOf(rule), isLearnt]);
}

function tableOf({ grain, dimension }: Threshold): string {
  return JSON.stringify([grain, dimension]);
}

interface Judging extends Omit<RuleInput, 'states'> {
  readonly calendars: Calendars;
  readonly clockChangesOf: ClockChangesOf;
  readonly states: Map<string, Map<string, SeriesState>>;
}

function tasksOf(rules: readonly Threshold[], { definitions, states, ...rest }: Judging): Task[] {
  return rules.flatMap((rule) => {
    const kpi = definitions.kpis.get(rule.kpi);
    if (kpi === undefined) return [];
    const own = states.get(rule.threshold) ?? new Map<string, SeriesState>();
    states.set(rule.threshold, own);
    return [taskOf({ ...rest, rule, kpi, states: own })];
  });
}

/** A series under all of its rules: its figures are laid out once. */
interface Watched {
  readonly key: string;
  readonly tasks: readonly Task[];
}

/** Lays every watched series into the slice that holds its channel; one that the release has no figures of into the last. */
function planOf({ slices, series }: KpiReading, tasks: readonly Task[], channels = allChannels): Watched[][] {
  const sliceOf = new Map(slices.flatMap(({ channels }, index) => [...channels].map((channel) => [channel, index])));
  const plan: Watched[][] = slices.map(() => []);
  for (const [kpi, ofKpi] of Map.groupBy(tasks, ({ rule }) => rule.kpi)) {
    const wanted = ofKpi.map((task) => new Set(seriesKeys(task, series.get(kpi) ?? [], channels)));
    for (const key of [...new Set(wanted.flatMap((keys) => [...keys]))].sort()) {
      const index = sliceOf.get(subjectOf(key).channel) ?? slices.length - 1;
      plan[index]?.push({ key, tasks: ofKpi.filter((_, at) => wanted[at]?.has(key)) });
    }
  }
  return plan;
}

/** Series that the rule watches, those known from earlier evaluations included. */
function seriesKeys({ rule, states }: Task, found: Iterable<string>, range: ChannelRange): string[] {
  const { channels, dimension, members } = rule;
  if (dimension === undefined && channels !== 'each') {
    return (channels === 'all' ? ['all'] : channels).filter((channel) => isWithin(range, channel));
  }
  return [...new Set([...found, ...states.keys()])].filter((key) => {
    const { channel, dimensions } = subjectOf(key);
    const isWanted =
      channels === 'each' ? channel !== 'all' : channels === 'all' ? channel === 'all' : channels.includes(channel);
    const member = dimensions[dimension ?? ''];
    return isWanted && (member === undefined || (members?.includes(member) ?? isNamedMember(member)));
  });
}

/** The figures that rules of one table need, history included. */
function rangeOf(input: RuleInput, rules: readonly Threshold[]): SeriesRange {
  const { grain, dimension } = rules[0] ?? { grain: 'day' };
  const kpis = rules.flatMap((rule) => [rule.kpi, companionOf(rule) ?? rule.kpi]);
  const starts = rules.map((rule) => startOf(input, rule));
  const judgedFrom = starts.includes(undefined) ? undefined : starts.toSorted()[0];
  const history = Math.max(...rules.map(historyPeriods));
  const from = judgedFrom === undefined ? undefined : shiftPeriod(grain, judgedFrom, -history);
  return {
    grain,
    dimension,
    kpis: [...new Set(kpis)],
    from,
    judgedFrom,
    through: lastClosedPeriod(grain, input.through),
    channelRange: input.channels,
  };
}

/** First period that the rule judges; undefined: everything. */
function startOf(input: RuleInput, rule: Threshold): string | undefined {
  const states = input.states.get(rule.threshold);
  // A rule that was judged and found no series has nothing to catch up with.
  if (states === undefined) return undefined;
  const changedFrom = input.changedFrom.get(martOf(rule).mart);
  let earliest = changedFrom ?? '9999-12-31';
  for (const state of states.values()) {
    if (!isSoundState(state)) continue;
    const start = startingPoint(state, changedFrom);
    if (start === undefined) return undefined;
    if (start < earliest) earliest = start;
  }
  return earliest;
}

/** Order of messages: by what they are about, whoever found them first. */
export function byPeriod(a: Warning, b: Warning): number {
  const [left, right] = [a, b].map(({ period, rule, channel_id: channel, dimensions }) => {
    return `${period} ${rule} ${subjectKey({ channel, dimensions })}`;
  });
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
