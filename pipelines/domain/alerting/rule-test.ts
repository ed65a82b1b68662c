import type { RuleTest, TestFigure, Threshold } from '../threshold.ts';
import { evaluateSeries } from './evaluate-series.ts';
import { type Calendars, type Observation, periodOf, type Series, shiftPeriod } from './series.ts';
import { idle } from './state-machine.ts';

/** What a rule says about the figures of one of its tests, written like the test's `expect`. */
export function runRuleTest(rule: Threshold, test: RuleTest, calendars: Calendars): string[] {
  // A test of hours may begin with a day.
  const first = rule.grain === 'hour' && test.from.length === 10 ? periodOf('hour', test.from) : test.from;
  const figures = test.figures.flatMap(laidOut);
  const periods = figures.map((_, index) => shiftPeriod(rule.grain, first, index));
  const series: Series = {
    kpi_id: rule.kpi,
    channel_id: Array.isArray(rule.channels) ? (rule.channels[0] ?? '') : rule.channels,
    periods,
    observations: figures.map(observationOf),
    scale: 1,
    ...(test.while !== undefined && {
      companion: periods.map((_, index) => observationOf(test.while?.[index] ?? null)),
    }),
  };
  const { events } = evaluateSeries({ rule, series, calendars, machine: idle, from: 0 });
  return events.map(({ period, state, severity }) => `${period} ${state} ${severity}`);
}

function laidOut(figure: RuleTest['figures'][number]): TestFigure[] {
  if (figure === null || typeof figure === 'number' || !('times' in figure)) return [figure];
  const once = figure.figures.flatMap(laidOut);
  return Array.from({ length: figure.times }, () => once).flat();
}

function observationOf(figure: TestFigure): Observation | null {
  if (figure === null) return null;
  if (typeof figure === 'number') return { numerator: figure, denominator: null, value: figure, complete: true };
  const [numerator, denominator] = figure;
  return { numerator, denominator, value: denominator === 0 ? null : numerator / denominator, complete: true };
}
