import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { evaluateSeries, type SeriesEvaluation } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { namedDaysOf } from '../../../pipelines/domain/alerting/named-days.ts';
import { addDays, dayNumber } from '../../../pipelines/domain/alerting/series.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { ruleWith } from './rules.ts';

const calendars = namedDaysOf(loadDefinitions().calendars);
const festivals = ['chinese_new_year', 'shopping_festivals'];
const rule = ruleWith({
  kind: 'anomaly',
  side: 'both',
  marks: { critical: 7, warning: 4, approach: 3.6, recover: 2 },
  recover_after: 2,
  least_change: 0.15,
  festivals,
  festival_spread: 0.08,
});

const turns = [0.03, -0.02, 0, 0.01, -0.03];

/** 1000 orders a day, 1300 on Sundays, give or take 3 % (times the swing) in a fixed order; times what happens on a day. */
function evaluate(from: string, to: string, factorOf: (day: string) => number, swing = 1): SeriesEvaluation {
  const periods = Array.from({ length: dayNumber(to) - dayNumber(from) + 1 }, (_, index) => addDays(from, index));
  const observations = periods.map((day, index) => {
    // 1970-01-04 was a Sunday.
    const usual = dayNumber(day) % 7 === 3 ? 1300 : 1000;
    const value = Math.round(usual * (1 + swing * (turns[(index * 3) % turns.length] ?? 0)) * factorOf(day));
    return { numerator: value, denominator: null, value, complete: true };
  });
  const series = { kpi_id: 'orders', channel_id: 'tmall', periods, observations, scale: 1 };
  return evaluateSeries({ rule, series, calendars, machine: idle, from: 0 });
}

const told = ({ events }: SeriesEvaluation) =>
  events.map(({ period, state, severity }) => `${period} ${state} ${severity}`);
const between = (day: string, from: string, to: string) => from <= day && day <= to;

describe('a learnt rule', () => {
  it('does not learn from an incident: the return to normal is not unusual', () => {
    const result = evaluate('2026-02-26', '2026-05-30', (day) => (between(day, '2026-04-20', '2026-04-29') ? 0.5 : 1));
    expect(told(result)).toEqual([
      '2026-04-20 breached critical',
      '2026-04-30 recovering critical',
      '2026-05-01 recovered critical',
    ]);
    // Half of the usual Monday.
    const [breach] = result.events;
    expect(breach?.expected).toBeGreaterThan(970);
    expect(breach?.expected).toBeLessThan(1030);
  });

  it('takes what lasts for more than three weeks for the new usual, and a fall from there for a trouble', () => {
    const result = evaluate('2026-02-26', '2026-08-30', (day) =>
      day < '2026-04-20' ? 1 : between(day, '2026-08-10', '2026-08-11') ? 1 : 2,
    );
    const [began, , recovered, fell] = told(result);
    expect(began).toBe('2026-04-20 breached critical');
    expect(recovered).toMatch(/^2026-05-\d\d recovered/);
    expect(fell).toBe('2026-08-10 breached critical');
  });

  it('ends one trouble and begins another where too much turns into too little', () => {
    const result = evaluate('2026-02-26', '2026-04-30', (day) =>
      between(day, '2026-04-20', '2026-04-21') ? 2 : between(day, '2026-04-22', '2026-04-23') ? 0.4 : 1,
    );
    expect(told(result)).toEqual([
      '2026-04-20 breached critical',
      '2026-04-22 recovered critical',
      '2026-04-22 breached critical',
      '2026-04-24 recovering critical',
      '2026-04-25 recovered critical',
    ]);
  });

  it('adds up days of which none is odd enough by itself', () => {
    const fallen = (day: string) => (between(day, '2026-04-20', '2026-04-26') ? 0.8 : 1);
    const breach = evaluate('2026-02-26', '2026-05-10', fallen, 2.5).events.find(({ state }) => state === 'breached');
    expect(breach?.period).toMatch(/^2026-04-2[1-6]$/);
    expect(breach?.together?.periods).toBeGreaterThan(1);
    expect(breach?.together?.share).toBeCloseTo(0.8, 1);
    expect(breach?.since).toBe('2026-04-20');
  });

  it('knows paydays by the months before', () => {
    const payday = (day: string) => (day.endsWith('-15') ? 1.45 : 1);
    // Two months are no habit yet, eight are.
    expect(told(evaluate('2025-02-26', '2025-05-16', payday))).toContain('2025-05-15 breached warning');
    const later = told(evaluate('2024-08-01', '2025-05-16', payday)).filter((event) => event >= '2025-04');
    expect(later).toEqual([]);
  });
});

describe('a learnt rule on festivals', () => {
  /** Main day times five, run-up by half more; New Year's quiet for ten days from its day on. */
  const festival = (day: string) => {
    if (day.endsWith('-11-11')) return 5;
    if (between(day.slice(5), '10-20', '11-10')) return 1.5;
    const newYear = { '2024': '2024-02-10', '2025': '2025-01-29', '2026': '2026-02-17' }[day.slice(0, 4)] ?? '';
    const offset = dayNumber(day) - dayNumber(newYear || '2000-01-01');
    return offset >= 0 && offset < 8 ? 0.3 : 1;
  };
  const outcomeOn = ({ spans }: SeriesEvaluation, day: string) =>
    spans.find(({ from, to }) => between(day, from, to))?.outcome;

  it('says that it cannot judge the first one, and is silent about the next that is like it', () => {
    const result = evaluate('2024-06-25', '2025-11-20', festival);
    expect(outcomeOn(result, '2024-11-11')).toBe('no_festival_yardstick');
    expect(outcomeOn(result, '2025-11-11')).toBe('clear');
    expect(told(result)).toEqual([]);
  });

  it('hears that the main day brings half of what it should at the present level', () => {
    // Everything has doubled since; the main day brings what it brought last year.
    const grown = (day: string) => festival(day) * (day >= '2025-03-01' ? 2 : 1) * (day === '2025-11-11' ? 0.5 : 1);
    const result = evaluate('2024-06-25', '2025-11-20', grown);
    const event = result.events.find(({ period }) => period === '2025-11-11');
    expect(event).toMatchObject({ state: 'breached', yardstick: 'festival' });
    expect(event?.expected).toBeGreaterThan(9000);
    expect(event?.expected).toBeLessThan(11_000);
  });

  it('compares New Year by the moon: quiet as last year is no news, a quiet that comes early is', () => {
    expect(told(evaluate('2024-08-01', '2026-03-10', festival))).toEqual([]);
    const early = (day: string) => (between(day, '2026-02-05', '2026-02-08') ? 0.3 : festival(day));
    expect(told(evaluate('2024-08-01', '2026-03-10', early))[0]).toBe('2026-02-05 breached critical');
  });
});
