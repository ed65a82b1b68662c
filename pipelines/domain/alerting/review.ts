import type { Threshold } from '../threshold.ts';
import { type Episode, episodesOf, spellOf } from './episode.ts';
import { type Incident, type Spell, troublesOf } from './incident.ts';
import { daysBetween } from './series.ts';
import type { Acknowledgement } from './silence.ts';
import type { Warning } from './warning.ts';

/** How one rule has served. Shares and means are null where nothing speaks for them yet. */
export interface RuleReview {
  readonly rule: string;
  readonly owner: string;
  /** Troubles that began: near or past a mark, or without data. */
  readonly troubles: number;
  readonly open: number;
  readonly corrected: number;
  readonly useful: number;
  readonly noise: number;
  /** Useful share of the troubles that somebody gave a verdict on. */
  readonly precision: number | null;
  /** Incidents of its KPI and channels that people noted, and that it did not see. */
  readonly missed: number;
  /** From the first day of a noted incident to the first day that it warned of. */
  readonly mean_days_to_notice: number | null;
  readonly mean_hours_to_acknowledge: number | null;
  readonly mean_days_to_recover: number | null;
  /** Troubles that began within a week after the last one of the same series had ended. */
  readonly flapping: number;
  readonly review_by: string;
  readonly is_overdue: boolean;
}

export interface ReviewInput {
  readonly rules: Iterable<Threshold>;
  /** Everything ever raised. */
  readonly warnings: readonly Warning[];
  /** The last word on each warning, by its id. */
  readonly acknowledgements: ReadonlyMap<string, Acknowledgement>;
  /** When each warning was raised (ISO instant), by its id. */
  readonly raisedAt: ReadonlyMap<string, string>;
  readonly incidents: readonly Incident[];
  /** ISO date. */
  readonly today: string;
}

const flappingDays = 7;

/** One line per rule, the ones that ask for work first: overdue, then blind, then imprecise, then flapping. */
export function reviewRules(input: ReviewInput): RuleReview[] {
  const byRule = Map.groupBy(input.warnings, ({ rule }) => rule);
  return [...input.rules]
    .map((rule) => reviewRule(rule, byRule.get(rule.threshold) ?? [], input))
    .sort(
      (a, b) =>
        Number(b.is_overdue) - Number(a.is_overdue) ||
        b.missed - a.missed ||
        (a.precision ?? 1) - (b.precision ?? 1) ||
        b.flapping - a.flapping ||
        (a.rule < b.rule ? -1 : 1),
    );
}

function reviewRule(rule: Threshold, warnings: readonly Warning[], input: ReviewInput): RuleReview {
  const episodes = episodesOf(warnings);
  const given = episodes.map(({ messages }) => verdictOn(messages, input.acknowledgements));
  const useful = given.filter((verdict) => verdict === 'useful').length;
  const noise = given.filter((verdict) => verdict === 'noise').length;
  const reviewBy = rule.versions.at(-1)?.review_by ?? '';
  const incidents = incidentsOf(rule, input.incidents);
  const spells = episodes.map(spellOf);
  return {
    rule: rule.threshold,
    owner: rule.owner,
    troubles: episodes.length,
    open: episodes.filter(({ ended }) => ended === undefined).length,
    corrected: warnings.filter(({ state }) => state === 'corrected').length,
    useful,
    noise,
    precision: useful + noise === 0 ? null : useful / (useful + noise),
    missed: incidents.filter((one) => troublesOf(one, spells).length === 0).length,
    mean_days_to_notice: mean(incidents.flatMap((one) => daysToNotice(one, spells))),
    mean_hours_to_acknowledge: mean(episodes.flatMap((episode) => hoursToAcknowledge(episode, input))),
    mean_days_to_recover: mean(
      episodes.flatMap(({ began, recovered }) => (recovered === undefined ? [] : [daysBetween(began, recovered)])),
    ),
    flapping: episodes.filter(({ sinceLast }) => sinceLast !== undefined && sinceLast <= flappingDays).length,
    review_by: reviewBy,
    is_overdue: reviewBy < input.today,
  };
}

/** Noted incidents that a rule should have seen. */
export function incidentsOf(rule: Threshold, incidents: readonly Incident[]): Incident[] {
  const { channels } = rule;
  const isWatched = (channel: string) =>
    channel === 'all' || channels === 'each' || channels === 'all' || channels.includes(channel);
  return incidents.filter(({ kpi_id, channel_id }) => kpi_id === rule.kpi && isWatched(channel_id));
}

function daysToNotice(incident: Spell, troubles: readonly Spell[]): number[] {
  const [first] = troublesOf(incident, troubles)
    .map(({ from }) => from)
    .sort();
  return first === undefined ? [] : [Math.max(0, daysBetween(incident.from, first))];
}

function hoursToAcknowledge({ messages }: Episode, { acknowledgements, raisedAt }: ReviewInput): number[] {
  const first = raisedAt.get(messages[0]?.id ?? '');
  const noted = messages.flatMap(({ id }) => acknowledgements.get(id)?.at ?? []).sort()[0];
  return first === undefined || noted === undefined ? [] : [(Date.parse(noted) - Date.parse(first)) / hour];
}

const hour = 3_600_000;

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A verdict on any message of a trouble is one on the trouble. */
export function verdictOn(messages: readonly Warning[], notes: ReadonlyMap<string, Acknowledgement>) {
  return messages.map(({ id }) => notes.get(id)?.verdict).findLast((verdict) => verdict !== undefined);
}
