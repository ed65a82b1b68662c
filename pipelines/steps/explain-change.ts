import {
  type Change,
  driversOfProduct,
  driversOfRatio,
  driversOfSides,
  driversOfSum,
  type Sides,
} from '../domain/alerting/drivers.ts';
import { forecastCrossing } from '../domain/alerting/forecast.ts';
import { type Observation, shiftPeriod } from '../domain/alerting/series.ts';
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
}

const comparedPeriods = 4;
const forecastHorizon = { day: 60, week: 12, month: 6 } as const;

/**
 * What moved the figure against the mean of the four earlier periods (days: of the same weekday). The contributions of one
 * dimension add up to the change.
 */
export function explainChange(question: Question): Driver[] {
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

/** When the present trend reaches the warning mark. */
export function forecastBreach(question: Question, mark: number | null): TimeToBreach | null {
  const { rule, kpi, channel, history, period } = question;
  const version = versionAt(rule, period);
  if (mark === null || version === undefined || version.kind === 'presence' || version.side === 'both') return null;
  const end = history.periods.indexOf(period);
  const observations = (history.rows.get(kpi.kpi)?.get(channel) ?? []).slice(0, end + 1);
  const crossing = forecastCrossing({
    values: observations.map((observation) => (observation?.complete ? observation.value : null)),
    season: rule.grain === 'day' ? 7 : 1,
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
  if (kpi.additivity !== 'sum' && kpi.additivity !== 'ratio') return [];
  const changes = [...(history.rows.get(kpi.kpi)?.keys() ?? [])]
    .filter((channel) => channel !== 'all')
    .flatMap((channel) => {
      const change = sidesOf(question, kpi.kpi, channel);
      return change === undefined ? [] : [[channel, change] as const];
    });
  if (kpi.additivity === 'ratio') return scaled(driversOfRatio('channel', new Map(changes)), kpi.scale);
  const amounts = changes.map(
    ([channel, { before, after }]) => [channel, { before: before.numerator, after: after.numerator }] as const,
  );
  return driversOfSum('channel', new Map(amounts));
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
  const { history, rule } = question;
  const observations = history.rows.get(kpi)?.get(channel) ?? [];
  const index = history.periods.indexOf(question.period);
  const step = rule.grain === 'day' ? 7 : 1;
  const earlier = Array.from({ length: comparedPeriods }, (_, back) => observations[index - (back + 1) * step]);
  const known = earlier.filter((observation): observation is Observation => isKnown(observation));
  const now = observations[index];
  if (!isKnown(now) || known.length === 0) return undefined;
  const mean = (side: 'numerator' | 'denominator') =>
    known.reduce((sum, observation) => sum + (observation[side] ?? 0), 0) / known.length;
  return {
    before: { numerator: mean('numerator'), denominator: mean('denominator') },
    after: { numerator: now.numerator ?? 0, denominator: now.denominator ?? 0 },
  };
}

function isKnown(observation: Observation | null | undefined): observation is Observation {
  return observation?.value !== null && observation?.value !== undefined;
}

function scaled(drivers: readonly Driver[], scale: number): Driver[] {
  return drivers.map((driver) => ({ ...driver, contribution: scale * driver.contribution }));
}
