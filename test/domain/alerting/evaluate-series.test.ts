import { describe, expect, it } from 'vitest';
import { evaluateSeries } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { namedDaysOf } from '../../../pipelines/domain/alerting/named-days.ts';
import type { Series } from '../../../pipelines/domain/alerting/series.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { dailySeries, lowRule, ruleWith } from './rules.ts';

function run(rule: Threshold, series: Series, from = 0) {
  return evaluateSeries({ rule, series, calendars: new Map(), machine: idle, from });
}

/** Events in short: day of January, state, severity, day since. */
function told(rule: Threshold, series: Series): string[] {
  return run(rule, series).events.map(
    (event) => `${event.period.slice(8)} ${event.state} ${event.severity} since ${event.since.slice(8)}`,
  );
}

describe('fixed marks below', () => {
  const cases: [string, (number | null)[], string[]][] = [
    ['says nothing while values stay clear', [40, 31, 26, 26, 40], []],
    ['warns near the mark, once', [40, 25, 24, 23], ['02 approaching approaching since 02']],
    ['counts a value on the mark as having reached it', [40, 20], ['02 breached warning since 02']],
    [
      'tells warning and then critical',
      [40, 15, 5, 4],
      ['02 breached warning since 02', '03 breached critical since 02'],
    ],
    ['goes from near to past', [24, 19], ['01 approaching approaching since 01', '02 breached warning since 02']],
    ['does not fall back from critical to warning', [5, 15, 5], ['01 breached critical since 01']],
    ['stays breached inside the recovery band', [19, 26, 29, 19, 29.9], ['01 breached warning since 01']],
    [
      'recovers after two periods beyond the recovery mark',
      [19, 31, 32, 33],
      ['01 breached warning since 01', '02 recovering warning since 01', '03 recovered warning since 01'],
    ],
    [
      'announces recovery once in one trouble, and a relapse is no new breach',
      [19, 31, 19, 31, 31],
      ['01 breached warning since 01', '02 recovering warning since 01', '05 recovered warning since 01'],
    ],
    [
      'recovers from near without announcing it first',
      [24, 31, 32],
      ['01 approaching approaching since 01', '03 recovered approaching since 01'],
    ],
    [
      'takes a second trouble after recovery as a new one',
      [19, 31, 31, 18],
      [
        '01 breached warning since 01',
        '02 recovering warning since 01',
        '03 recovered warning since 01',
        '04 breached warning since 04',
      ],
    ],
    [
      'does not count a missing day towards recovery',
      [19, 31, null, 27, 31, 27, 27],
      ['01 breached warning since 01', '02 recovering warning since 01'],
    ],
  ];
  it.each(cases)('%s', (_, values, expected) => {
    expect(told(lowRule(), dailySeries(values))).toEqual(expected);
  });

  it('judges the other side when high values are bad', () => {
    const rule = lowRule({ side: 'above', marks: { warning: 8, approach: 7, recover: 6 } });
    expect(told(rule, dailySeries([5, 6.5, 7, 9, 6, 6]))).toEqual([
      '03 approaching approaching since 03',
      '04 breached warning since 04',
      '05 recovering warning since 04',
      '06 recovered warning since 04',
    ]);
  });
});

describe('M of N', () => {
  const rule = lowRule({ for: { at_least: 2, of: 3 } });

  it('waits for the second bad period of three', () => {
    expect(told(rule, dailySeries([40, 15, 40, 15]))).toEqual(['04 breached warning since 04']);
    expect(told(rule, dailySeries([40, 15, 40, 40, 15]))).toEqual([]);
  });

  it('does not warn on a good period, whatever came before', () => {
    expect(told(rule, dailySeries([15, null, 40, 15, 26]))).toEqual(['04 breached warning since 04']);
  });

  it('gives the same verdict when it starts in the middle', () => {
    const series = dailySeries([40, 15, null, 15, 15]);
    expect(run(rule, series, 3).events.map((event) => event.period)).toEqual(['2026-01-04']);
  });
});

describe('reasons of silence', () => {
  it('tells missing, zero, missing denominator and small sample apart', () => {
    const rule = lowRule({ marks: { warning: 0.02 }, minimum_sample: 100 }, { late_after: 0 });
    const series = dailySeries([[5, 100], null, [0, 0], [3, 99], [1, 100]]);
    const gone = { numerator: 7, denominator: null, value: null, complete: true };
    const open = { numerator: 1, denominator: 100, value: 0.01, complete: false };
    const observations = [...series.observations, gone, open];
    const longer = dailySeries(Array(7).fill(1));
    const { spans } = run(rule, { ...longer, observations });
    expect(spans.map((span) => span.outcome)).toEqual([
      'clear',
      'missing_data',
      'zero_denominator',
      'small_sample',
      'breached',
      'missing_denominator',
      'missing_data',
    ]);
  });

  it('waits for late data and goes on in order when they come', () => {
    const rule = lowRule({}, { late_after: 2 });
    const waiting = run(rule, dailySeries([40, null, 15]));
    expect([waiting.next, waiting.events]).toEqual([1, []]);
    const late = run(rule, dailySeries([40, null, 15, 15]));
    expect(late.spans.map(({ outcome, from }) => [outcome, from.slice(8)])).toEqual([
      ['clear', '01'],
      ['missing_data', '02'],
      ['breached', '03'],
      ['already_told', '04'],
    ]);
  });

  it('tells once that a value is no number, and that it is one again', () => {
    expect(told(lowRule(), dailySeries([40, Number.NaN, Number.NaN, 15]))).toEqual([
      '02 error warning since 02',
      '04 recovered warning since 02',
      '04 breached warning since 04',
    ]);
  });

  it('leaves days of a calendar out', () => {
    const rule = lowRule({ not_on: ['new_year'] });
    const twoDays = { calendar: 'new_year', title: { en: '', zh: '' }, days: [{ from: '01-01', to: '01-02' }] };
    const calendars = namedDaysOf(new Map([['new_year', twoDays]]));
    const { spans } = evaluateSeries({ rule, series: dailySeries([5, 5, 5]), calendars, machine: idle, from: 0 });
    expect(spans.map((span) => [span.outcome, span.periods])).toEqual([
      ['exempt_day', 2],
      ['breached', 1],
    ]);
  });
});

describe('versions', () => {
  it('judges each day by the version of its time', () => {
    const rule = ruleWith({ kind: 'fixed', side: 'below', marks: { warning: 20 } });
    const second = { ...rule.versions[0], version: 2, effective_from: '2026-01-03', marks: { warning: 30 } };
    const both = { ...rule, versions: [...rule.versions, second] } as Threshold;
    expect(run(both, dailySeries([25, 25, 25, 25])).events).toMatchObject([
      { period: '2026-01-03', state: 'breached', rule_version: 2, mark: 30 },
    ]);
  });

  it('judges nothing before the first version', () => {
    const rule = lowRule({ effective_from: '2026-01-02' });
    expect(run(rule, dailySeries([5, 5])).spans.map((span) => span.outcome)).toEqual(['not_effective', 'breached']);
  });
});

describe('evidence', () => {
  const guarded = lowRule({
    marks: { warning: 0.02, approach: 0.0225, recover: 0.025 },
    minimum_sample: 100,
    evidence: { up_to: 7, deviations: 3 },
  });

  it('shrugs at a bad day of a small channel', () => {
    // 9 of 600 is 1.5 %; one standard error around 2.5 % is 0.64 points, so that it lies 1.6 of them away.
    const { spans } = run(
      guarded,
      dailySeries([
        [18, 600],
        [9, 600],
        [18, 600],
      ]),
    );
    expect(spans.map((span) => span.outcome)).toEqual(['clear', 'within_chance', 'clear']);
  });

  it('believes a collapse at once and a slide after days', () => {
    // 0.5 % of 600 lies 3.1 standard errors away.
    expect(
      told(
        guarded,
        dailySeries([
          [18, 600],
          [3, 600],
        ]),
      ),
    ).toEqual(['02 breached warning since 02']);
    // 1.5 % of n: (0.025 − 0.015) / √(0.0244 / n) reaches 3 at n = 2194, so on the fourth day of 600.
    expect(told(guarded, dailySeries([[18, 600], ...Array(5).fill([9, 600])]))).toEqual([
      '05 breached warning since 05',
    ]);
  });
});

describe('presence', () => {
  const rule = ruleWith(
    { kind: 'presence', while: 'orders', usual: { at_least: 3, of: 4 } },
    { late_after: 1, kpi: 'sessions' },
  );
  const traffic = (values: (number | null)[], orders: number[]): Series => ({
    ...dailySeries(values),
    companion: dailySeries(orders).observations,
  });

  it('tells once that traffic is gone while orders go on, and that it is back', () => {
    const series = traffic([90, 80, 95, null, null, 85], [3, 2, 3, 4, 2, 3]);
    expect(told(rule, series)).toEqual(['04 no_data warning since 04', '06 recovered warning since 04']);
  });

  it('takes zero visits with orders for a broken counter', () => {
    expect(told(rule, traffic([90, 80, 95, 0, 85], [3, 2, 3, 4, 2]))[0]).toBe('04 no_data warning since 04');
  });

  it('expects nothing on closed days or of a source that never was usual', () => {
    expect(told(rule, traffic([90, 80, 95, null, 70], [3, 2, 3, 0, 1]))).toEqual([]);
    expect(told(rule, traffic([null, null, 95, null, 70], [3, 2, 3, 5, 1]))).toEqual([]);
  });
});
