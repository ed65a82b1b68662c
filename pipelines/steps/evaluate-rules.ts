import { isDeepStrictEqual } from 'node:util';
import type { Definitions } from '../definitions.ts';
import { historyPeriods } from '../domain/alerting/evaluate-series.ts';
import { forecastHistory } from '../domain/alerting/forecast.ts';
import { namedDaysOf } from '../domain/alerting/named-days.ts';
import { type Calendars, lastClosedPeriod, shiftPeriod } from '../domain/alerting/series.ts';
import { type Continued, continueSeries, type SeriesState, startingPoint } from '../domain/alerting/series-state.ts';
import { isNamedMember, subjectKey, subjectOf } from '../domain/alerting/subject.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Kpi } from '../domain/kpi.ts';
import type { Threshold } from '../domain/threshold.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { digest, type EvaluationRecord, type SeriesStates } from './alert-store.ts';
import { type KpiTable, martOf, readKpiTable, seriesOf } from './kpi-series.ts';
import { writeWarnings } from './write-warnings.ts';

export interface RuleInput {
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  readonly states: SeriesStates;
  /** Last day to judge. */
  readonly through: string;
  /** First day of the earliest changed month, by mart. */
  readonly changedFrom: ReadonlyMap<string, string>;
}

export interface RuleEvaluation {
  readonly states: SeriesStates;
  readonly warnings: readonly Warning[];
  readonly records: readonly EvaluationRecord[];
  /** Whether any series has another state than before. */
  readonly changed: boolean;
}

/** Judges all rules on all their series. Reads each KPI mart once, and only as far back as something has to be judged. */
export async function evaluateRules(input: RuleInput): Promise<RuleEvaluation> {
  const states = new Map([...input.states].map(([rule, channels]) => [rule, new Map(channels)]));
  const outcome: Outcome = { states, pending: [], records: [], changed: false };
  const calendars = namedDaysOf(input.definitions.calendars);
  for (const rules of Map.groupBy(input.definitions.thresholds.values(), readingOf).values()) {
    const table = await readTable(input, rules);
    judgeTable({ ...input, calendars, table }, rules, outcome);
  }
  const { records, changed, pending } = outcome;
  return { states, records, changed, warnings: (await writeAll({ ...input, calendars }, pending)).sort(byPeriod) };
}

/** Rules are judged from one reading of their table; those that learn look years back, and the others need not. */
function readingOf(rule: Threshold): string {
  return JSON.stringify([tableOf(rule), rule.versions.some(({ kind }) => kind === 'anomaly')]);
}

function tableOf({ grain, dimension }: Threshold): string {
  return JSON.stringify([grain, dimension]);
}

/** What the rules add to, one after the other. */
interface Outcome {
  readonly states: Map<string, Map<string, SeriesState>>;
  readonly pending: PendingMessages[];
  readonly records: EvaluationRecord[];
  changed: boolean;
}

/** A series with something to tell; the words need figures from farther back than the verdict did. */
interface PendingMessages {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  /** See `subjectKey`. */
  readonly series: string;
  readonly continued: Continued;
}

interface JudgeInput extends RuleInput {
  readonly calendars: Calendars;
  readonly table: KpiTable;
}

/** Series by series, each under all of its rules: its figures are laid out once. */
function judgeTable(input: JudgeInput, written: readonly Threshold[], outcome: Outcome): void {
  const { definitions, table, states } = input;
  for (const [id, rules] of Map.groupBy(written, (rule) => rule.kpi)) {
    const kpi = definitions.kpis.get(id);
    if (kpi === undefined) continue;
    const tasks = rules.map((rule) => taskOf(rule, kpi, input, outcome));
    const wanted = tasks.map((task) => new Set(seriesKeys(task.rule, table, states)));
    for (const key of new Set(wanted.flatMap((keys) => [...keys]).sort())) {
      for (const [index, task] of tasks.entries()) if (wanted[index]?.has(key)) judgeSeries(task, key, input, outcome);
    }
  }
}

/** A rule with what all of its series have in common. */
interface Task {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  readonly fingerprintUntil: (period: string) => string;
  readonly changedFrom: string | undefined;
  readonly states: Map<string, SeriesState>;
}

function taskOf(written: Threshold, kpi: Kpi, { changedFrom }: JudgeInput, outcome: Outcome): Task {
  const rule = waitingForMaturity(written, kpi);
  const states = outcome.states.get(rule.threshold) ?? new Map<string, SeriesState>();
  outcome.states.set(rule.threshold, states);
  return {
    rule,
    kpi,
    fingerprintUntil: ruleFingerprints(rule),
    changedFrom: changedFrom.get(martOf(rule).mart),
    states,
  };
}

function judgeSeries({ states, ...task }: Task, key: string, input: JudgeInput, outcome: Outcome): void {
  const { rule, kpi } = task;
  const series = seriesOf(input.table, kpi, key, companionOf(rule));
  const previous = states.get(key);
  const continued = continueSeries({ ...task, series, calendars: input.calendars, previous });
  if (continued === undefined) return;
  outcome.changed ||= !isDeepStrictEqual(previous, continued.state);
  states.set(key, continued.state);
  const { channel, dimensions } = subjectOf(key);
  const about = { rule: rule.threshold, channel_id: channel, ...(rule.dimension !== undefined && { dimensions }) };
  for (const span of continued.spans) outcome.records.push({ ...about, ...span });
  if (continued.fresh.length + continued.overturned.length > 0)
    outcome.pending.push({ rule, kpi, series: key, continued });
}

async function writeAll(
  input: RuleInput & Pick<JudgeInput, 'calendars'>,
  pending: readonly PendingMessages[],
): Promise<Warning[]> {
  const { definitions, session, calendars } = input;
  const warnings: Warning[] = [];
  for (const messages of Map.groupBy(pending, ({ rule }) => tableOf(rule)).values()) {
    const { history, members } = await readHistory(input, messages);
    for (const { continued, ...rest } of messages) {
      const own = new Map([...members].filter(([dimension]) => rest.kpi.dimensions.includes(dimension)));
      const circumstances = { ...rest, definitions, calendars, history, members: own, release: session.release.id };
      warnings.push(...writeWarnings(continued, circumstances));
    }
  }
  return warnings;
}

/** Figures of the KPIs with something to tell, far enough back to forecast and to compare, as they are and by member. */
async function readHistory({ session, through }: RuleInput, pending: readonly PendingMessages[]) {
  const { grain, dimension } = pending[0]?.rule ?? { grain: 'day' };
  const kpis = new Set(pending.flatMap(({ rule }) => [rule.kpi, ...(rule.chain ?? [])]));
  const periods = pending.flatMap(({ continued }) => [
    ...continued.fresh.map(({ entry }) => entry.period),
    ...continued.overturned.map((entry) => entry.period),
  ]);
  const from = shiftPeriod(grain, periods.toSorted()[0] ?? through, -forecastHistory);
  const range = { grain, from, through: lastClosedPeriod(grain, through) };
  const history = await readKpiTable(session, { ...range, dimension, kpis: [...kpis], ...channelsIn(pending) });
  const members = new Map<string, KpiTable>();
  // Members are known by the day; a rule about members is not split again.
  if (grain !== 'day' || dimension !== undefined) return { history, members };
  for (const name of new Set(pending.flatMap(({ kpi }) => kpi.dimensions))) {
    const told = pending.filter(({ kpi }) => kpi.dimensions.includes(name));
    const channels = [...new Set(told.map(({ series }) => subjectOf(series).channel))];
    const ids = [...new Set(told.map(({ kpi }) => kpi.kpi))];
    members.set(name, await readKpiTable(session, { ...range, dimension: name, kpis: ids, channels }));
  }
  return { history, members };
}

/** What all channels together did is explained by each of them. */
function channelsIn(pending: readonly PendingMessages[]): { readonly channels?: readonly string[] } {
  const channels = new Set(pending.map(({ series }) => subjectOf(series).channel));
  return channels.has('all') ? {} : { channels: [...channels] };
}

/** A figure that ripens, as refunds by order date do, is not missing before it is ripe. */
function waitingForMaturity(rule: Threshold, kpi: Kpi): Threshold {
  const daysPerPeriod = { day: 1, week: 7, month: 28 }[rule.grain];
  return { ...rule, late_after: rule.late_after + Math.ceil(kpi.matures_in_days / daysPerPeriod) };
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

async function readTable(input: RuleInput, rules: readonly Threshold[]): Promise<KpiTable> {
  const { grain, dimension } = rules[0] ?? { grain: 'day' };
  const kpis = rules.flatMap((rule) => [rule.kpi, companionOf(rule) ?? rule.kpi]);
  const starts = rules.map((rule) => startOf(input, rule));
  const judgedFrom = starts.includes(undefined) ? undefined : starts.toSorted()[0];
  const history = Math.max(...rules.map(historyPeriods));
  const from = judgedFrom === undefined ? undefined : shiftPeriod(grain, judgedFrom, -history);
  const through = lastClosedPeriod(grain, input.through);
  return readKpiTable(input.session, { grain, dimension, kpis: [...new Set(kpis)], from, judgedFrom, through });
}

/** First period that the rule judges; undefined: everything. */
function startOf(input: RuleInput, rule: Threshold): string | undefined {
  const states = [...(input.states.get(rule.threshold)?.values() ?? [])];
  if (states.length === 0) return undefined;
  const changedFrom = input.changedFrom.get(martOf(rule).mart);
  let earliest = changedFrom ?? '9999-12-31';
  for (const state of states) {
    const start = startingPoint(state, changedFrom);
    if (start === undefined) return undefined;
    if (start < earliest) earliest = start;
  }
  return earliest;
}

function companionOf(rule: Threshold): string | undefined {
  return rule.versions.map((version) => (version.kind === 'presence' ? version.while : undefined)).find(Boolean);
}

/** Series that the rule watches, those known from earlier evaluations included. */
function seriesKeys(rule: Threshold, table: KpiTable, states: SeriesStates): string[] {
  const { channels, dimension, members } = rule;
  if (dimension === undefined && channels === 'all') return ['all'];
  if (dimension === undefined && channels !== 'each') return [...channels];
  const found = [...(table.rows.get(rule.kpi)?.keys() ?? []), ...(states.get(rule.threshold)?.keys() ?? [])];
  return [...new Set(found)].filter((key) => {
    const { channel, dimensions } = subjectOf(key);
    const isWanted =
      channels === 'each' ? channel !== 'all' : channels === 'all' ? channel === 'all' : channels.includes(channel);
    const member = dimensions[dimension ?? ''];
    return isWanted && (member === undefined || (members?.includes(member) ?? isNamedMember(member)));
  });
}

function byPeriod(a: Warning, b: Warning): number {
  const [left, right] = [a, b].map(({ period, rule, channel_id: channel, dimensions }) => {
    return `${period} ${rule} ${subjectKey({ channel, dimensions })}`;
  });
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
