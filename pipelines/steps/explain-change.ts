import {
  type Change,
  driversOfProduct,
  driversOfRatio,
  driversOfSides,
  driversOfSum,
  type Sides,
} from '../domain/alerting/drivers.ts';
import { isExempt } from '../domain/alerting/expectation.ts';
import { forecastCrossing } from '../domain/alerting/forecast.ts';
import { type Calendars, type Observation, seasonOf, shiftPeriod } from '../domain/alerting/series.ts';
import { otherMember, subjectOf } from '../domain/alerting/subject.ts';
import type { Driver, TimeToBreach } from '../domain/alerting/warning.ts';
import type { Kpi } from '../domain/kpi.ts';
import { type Threshold, versionAt } from '../domain/threshold.ts';
import type { KpiTable } from './kpi-series.ts';

/** An event whose causes are asked for, and the figures around it. */
export interface Question {
  readonly rule: Threshold;
  readonly kpi: Kpi;
  readonly channel: string;
  readonly period: string;
  /** Figures of the rule's KPI, in all channels, and of the KPIs of its chain; history included. */
  readonly history: KpiTable;
  /** Figures of the rule's KPI by the members of each dimension that it is told by. */
  readonly members: ReadonlyMap<string, KpiTable>;
  readonly calendars: Calendars;
}

/** Periods of the same season that a figure is compared with. */
export const comparedPeriods = 4;
/** Members of a dimension that are named; what the others moved is told together. */
const namedMembers = 10;
const forecastHorizon = { day: 60, week: 12, month: 6 } as const;

/**
 * What moved the figure against the mean of the four earlier periods (days: of the same weekday; hours: of its same hour). The contributions of one
 * dimension add up to the change.
 */
export function explainChange(question: Question): Driver[] {
  const byMember = [...question.members].flatMap(([dimension, table]) => explainMembers(question, dimension, table));
  return [...explainBySteps(question), ...byMember];
}

function explainBySteps(question: Question): Driver[] {
  const { kpi, rule, channel } = question;
  const chained = rule.chain === undefined ? [] : explainChain(question, rule.chain);
  const byChannel = channel === 'all' ? explainChannels(question) : [];
  if (byChannel.length + chained.length > 0) return [...byChannel, ...chained];
  // Where one side is a part of the other (satisfied ratings of all ratings), they do not move apart.
  if (kpi.denominator === undefined || kpi.denominator.mart === kpi.numerator.mart) return [];
  const change = sidesOf(question, kpi.kpi, channel);
  if (change === undefined) return [];
  const names = { numerator: kpi.numerator.column, denominator: kpi.denominator.column };
  return scaled(driversOfSides(names, change), kpi.scale);
}

/**
 * When the present trend reaches the warning mark. Days that the rule leaves out say nothing about it. Hours have no trend
 * that lasts: what comes near its mark within a day says so by its margin.
 */
export function forecastBreach(question: Question, mark: number | null): TimeToBreach | null {
  const { rule, kpi, channel, history, period, calendars } = question;
  if (rule.grain === 'hour') return null;
  const version = versionAt(rule, period);
  if (mark === null || version === undefined || version.kind === 'presence' || version.side === 'both') return null;
  const end = history.periods.indexOf(period);
  const observations = (history.rows.get(kpi.kpi)?.get(channel) ?? []).slice(0, end + 1);
  const crossing = forecastCrossing({
    values: observations.map((observation, index) => {
      const isLeftOut = isExempt({ version, calendars }, history.periods[index] ?? '');
      return observation?.complete && !isLeftOut ? observation.value : null;
    }),
    season: seasonOf(rule.grain),
    mark,
    badSide: version.side === 'above' ? 1 : -1,
    horizon: forecastHorizon[rule.grain],
  });
  if (crossing === undefined) return null;
  const dateOf = (ahead: number) => shiftPeriod(rule.grain, period, ahead);
  return {
    date: dateOf(crossing.expected),
    earliest: dateOf(crossing.earliest),
    latest: crossing.latest === null ? null : dateOf(crossing.latest),
  };
}

function explainChannels(question: Question): Driver[] {
  const { kpi, history } = question;
  const channels = [...(history.rows.get(kpi.kpi)?.keys() ?? [])].filter((channel) => channel !== 'all');
  return driversBy('channel', question, changesOf(question, history, new Map(channels.map((name) => [name, name]))));
}

/** Products or regions of the channel; those without a name of their own are told as what they are. */
function explainMembers(question: Question, dimension: string, table: KpiTable): Driver[] {
  const named = new Map(
    [...(table.rows.get(question.kpi.kpi)?.keys() ?? [])].flatMap((series) => {
      const { channel, dimensions } = subjectOf(series);
      const member = dimensions[dimension];
      return channel === question.channel && member !== undefined ? [[member, series] as const] : [];
    }),
  );
  return driversBy(dimension, question, changesOf(question, table, named));
}

/**
 * Changes by member, in the periods in which the whole is known, so that the parts add up to it. A member without a figure
 * then has none: one that appeared or vanished is a cause like any other.
 */
function changesOf(
  question: Question,
  table: KpiTable,
  series: ReadonlyMap<string, string>,
): Map<string, Change<Sides>> {
  const compared = comparedIndexes(question, question.kpi.kpi, question.channel);
  if (compared === undefined) return new Map();
  const rows = table.rows.get(question.kpi.kpi);
  const shift = table.periods.indexOf(question.period) - compared.now;
  const changes = [...series].map(([member, key]) => {
    const sidesAt = (index: number) => partAt(rows?.get(key)?.[index + shift], question.kpi);
    return [member, { before: meanOf(compared.before.map(sidesAt)), after: sidesAt(compared.now) }] as const;
  });
  return new Map(changes);
}

/** Without a denominator a member has no part in a ratio. */
function partAt(observation: Observation | null | undefined, { additivity }: Kpi): Sides {
  const { numerator, denominator } = observation ?? { numerator: null, denominator: null };
  if (additivity === 'ratio' && !denominator) return { numerator: 0, denominator: 0 };
  return { numerator: numerator ?? 0, denominator: denominator ?? 0 };
}

function meanOf(sides: readonly Sides[]): Sides {
  const mean = (side: keyof Sides) => sides.reduce((sum, one) => sum + one[side], 0) / sides.length;
  return { numerator: mean('numerator'), denominator: mean('denominator') };
}

function driversBy(dimension: string, { kpi }: Question, changes: ReadonlyMap<string, Change<Sides>>): Driver[] {
  if (kpi.additivity === 'ratio') return scaled(strongest(driversOfRatio(dimension, changes), dimension), kpi.scale);
  if (kpi.additivity !== 'sum') return [];
  const amounts = [...changes].map(
    ([member, { before, after }]) => [member, { before: before.numerator, after: after.numerator }] as const,
  );
  return strongest(driversOfSum(dimension, new Map(amounts)), dimension);
}

/** Names the strongest members and adds the others up, so that the sum stays what it was. */
function strongest(drivers: readonly Driver[], dimension: string): Driver[] {
  const members = drivers.filter((driver) => driver.dimension === dimension);
  if (members.length <= namedMembers) return [...drivers];
  const isOther = ({ member }: Driver) => member === otherMember;
  const named = members.filter((driver) => !isOther(driver)).slice(0, namedMembers - 1);
  const rest = members.filter((driver) => !named.includes(driver));
  const contribution = rest.reduce((sum, driver) => sum + driver.contribution, 0);
  return [
    ...named,
    { dimension, member: otherMember, contribution },
    ...drivers.filter((driver) => driver.dimension !== dimension),
  ];
}

/** The chain sessions, orders → sessions × orders per session × figure per order. */
function explainChain(question: Question, chain: readonly string[]): Driver[] {
  const links = [...chain, question.kpi.kpi];
  const factors = new Map<string, Change<number>>();
  let below: Change<number> = { before: 1, after: 1 };
  for (const [index, link] of links.entries()) {
    const change = sidesOf(question, link, question.channel);
    if (change === undefined || below.before === 0 || below.after === 0) return [];
    const amounts = { before: change.before.numerator, after: change.after.numerator };
    const name = index === 0 ? link : `${link}_per_${links[index - 1]}`;
    factors.set(name, { before: amounts.before / below.before, after: amounts.after / below.after });
    below = amounts;
  }
  return driversOfProduct(factors);
}

/** Both sides of a figure in the period, and their means over the periods compared with. */
function sidesOf(question: Question, kpi: string, channel: string): Change<Sides> | undefined {
  const compared = comparedIndexes(question, kpi, channel);
  const observations = question.history.rows.get(kpi)?.get(channel) ?? [];
  if (compared === undefined) return undefined;
  const sidesAt = (index: number): Sides => ({
    numerator: observations[index]?.numerator ?? 0,
    denominator: observations[index]?.denominator ?? 0,
  });
  return { before: meanOf(compared.before.map(sidesAt)), after: sidesAt(compared.now) };
}

/** Where the period stands, and the known ones that it is compared with; undefined where there are none. */
function comparedIndexes({ history, rule, period }: Question, kpi: string, channel: string) {
  const observations = history.rows.get(kpi)?.get(channel) ?? [];
  const now = history.periods.indexOf(period);
  const step = seasonOf(rule.grain);
  const before = Array.from({ length: comparedPeriods }, (_, back) => now - (back + 1) * step).filter((index) =>
    isKnown(observations[index]),
  );
  return isKnown(observations[now]) && before.length > 0 ? { now, before } : undefined;
}

function isKnown(observation: Observation | null | undefined): observation is Observation {
  return observation?.value !== null && observation?.value !== undefined;
}

function scaled(drivers: readonly Driver[], scale: number): Driver[] {
  return drivers.map((driver) => ({ ...driver, contribution: scale * driver.contribution }));
}
