import { describe, expect, it } from 'vitest';
import { evaluateSeries, type SeriesEvaluation } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import {
  daysBetween,
  lastClosedPeriod,
  type Observation,
  periodOf,
  periodsBetween,
  type Series,
  shiftPeriod,
} from '../../../pipelines/domain/alerting/series.ts';
import { continueSeries } from '../../../pipelines/domain/alerting/series-state.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { namedDay } from '../../../pipelines/domain/calendar.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { ruleWith } from './rules.ts';

/** 2026-03-02 was a Monday. */
const monday = '2026-03-02T00:00';

/** Hours from a Monday on, as a channel's clock names them. */
function hourly(figures: readonly (Observation | number | null)[], rest: Partial<Series> = {}): Series {
  return {
    kpi_id: 'orders',
    channel_id: 'tmall',
    periods: figures.map((_, index) => shiftPeriod('hour', monday, index)),
    observations: figures.map((figure) => (typeof figure === 'number' ? counted(figure) : figure)),
    scale: 1,
    ...rest,
  };
}

function counted(value: number, complete = true): Observation {
  return { numerator: value, denominator: null, value, complete };
}

/** A week in which each hour from nine to nine has orders: 20, on Saturdays and Sundays 40. */
const week = Array.from({ length: 168 }, (_, hour) => {
  const isOpen = hour % 24 >= 9 && hour % 24 < 21;
  return isOpen ? (hour >= 120 ? 40 : 20) : 0;
});

const stop = (version: Record<string, unknown> = {}, rule: Record<string, unknown> = {}): Threshold =>
  ruleWith(
    {
      ...{ kind: 'same_weekday', weeks: 4, side: 'below', floor: 5 },
      ...{ marks: { critical: 0.05, warning: 0.3, approach: 0.5, recover: 0.6 }, recover_after: 2 },
      ...version,
    },
    { kpi: 'orders', grain: 'hour', ...rule },
  );

function judge(rule: Threshold, series: Series, calendars = new Map()): SeriesEvaluation {
  return evaluateSeries({ rule, series, calendars, machine: idle, from: 0 });
}

const inShort = ({ events }: SeriesEvaluation) =>
  events.map(({ period, state, severity }) => `${period} ${state} ${severity}`);

describe('hours as periods', () => {
  it('follow each other over midnight, months and years', () => {
    expect(periodsBetween('hour', '2025-12-31T22:00', '2026-01-01T01:00')).toEqual([
      '2025-12-31T22:00',
      '2025-12-31T23:00',
      '2026-01-01T00:00',
      '2026-01-01T01:00',
    ]);
    expect(shiftPeriod('hour', '2026-03-01T01:00', -26)).toBe('2026-02-27T23:00');
    expect(periodOf('hour', '2026-03-01')).toBe('2026-03-01T00:00');
    expect(lastClosedPeriod('hour', '2026-03-01')).toBe('2026-03-01T23:00');
  });

  it('have a part in the days between them', () => {
    expect(daysBetween('2026-03-01T18:00', '2026-03-02T06:00')).toBe(0.5);
    expect(daysBetween('2026-03-01', '2026-03-03')).toBe(2);
  });
});

describe('a rule by the hour', () => {
  const weeks = [...week, ...week, ...week, ...week];

  it('compares with the same hour of the same weekday, and counts M of N hours', () => {
    // The fifth Monday: 18, 20, then nothing from eleven to three, then as ever.
    const fifth = [...Array(9).fill(0), 18, 20, 0, 0, 0, 0, 20, 19, 21, 20, 20, 20];
    const rule = stop({ for: { at_least: 3, of: 3 } });
    expect(inShort(judge(rule, hourly([...weeks, ...fifth])))).toEqual([
      '2026-03-30T13:00 breached critical',
      '2026-03-30T15:00 recovering critical',
      '2026-03-30T16:00 recovered critical',
    ]);
    expect(inShort(judge(stop({ for: { at_least: 5, of: 5 } }), hourly([...weeks, ...fifth])))).toEqual([]);
  });

  it('does not take a Saturday for a yardstick of Monday', () => {
    // Twenty on a Saturday at ten is half of what is usual there; on a Monday it is usual.
    const saturday = [...week.slice(0, 120), ...Array(9).fill(0), 40, 20];
    expect(inShort(judge(stop(), hourly([...weeks, ...saturday])))).toEqual([
      '2026-04-04T10:00 approaching approaching',
    ]);
  });

  it('neither judges nor waits for an hour that the clock leaps over, and learns nothing from one that it shows twice', () => {
    const clockChanges = new Set(['2026-03-30T10:00', '2026-03-30T11:00']);
    const fifth = [...Array(9).fill(0), 20, null, counted(0), 20];
    const result = judge(stop(), hourly([...weeks, ...fifth], { clockChanges }));
    expect(inShort(result)).toEqual([]);
    expect(result.spans.filter(({ from }) => from >= '2026-03-30T10:00')).toEqual([
      { from: '2026-03-30T10:00', to: '2026-03-30T11:00', outcome: 'clock_change', periods: 2 },
      { from: '2026-03-30T12:00', to: '2026-03-30T12:00', outcome: 'clear', periods: 1 },
    ]);
  });

  it('waits for hours that are not over or not delivered, for two days', () => {
    const fifth = [...Array(9).fill(0), 20, counted(0, false), null, null];
    const result = judge(stop(), hourly([...weeks, ...fifth]));
    expect([inShort(result), hourly([...weeks, ...fifth]).periods[result.next]]).toEqual([[], '2026-03-30T10:00']);
    expect(result.spans.at(-1)).toEqual({
      ...{ from: '2026-03-30T10:00', to: '2026-03-30T12:00' },
      ...{ outcome: 'late', periods: 3 },
    });
    const gone = [...fifth, ...Array(48).fill(null)];
    expect(judge(stop(), hourly([...weeks, ...gone])).spans.find(({ outcome }) => outcome === 'missing_data')).toEqual({
      ...{ from: '2026-03-30T10:00', to: '2026-03-30T12:00' },
      ...{ outcome: 'missing_data', periods: 3 },
    });
  });

  it('leaves every hour of a calendar’s days out', () => {
    const holiday = { calendar: 'holiday', title: { en: '', zh: '' }, days: [{ from: '03-30', to: '03-30' }] };
    const calendars = new Map([['holiday', (day: string) => namedDay(holiday, day)]]);
    const rule = stop({ not_on: ['holiday'] });
    const fifth = [...Array(24).fill(0), ...Array(12).fill(0)];
    const { spans } = judge(rule, hourly([...weeks, ...fifth]), calendars);
    expect(spans.find(({ outcome }) => outcome === 'exempt_day')).toEqual({
      ...{ from: '2026-03-30T00:00', to: '2026-03-30T23:00' },
      ...{ outcome: 'exempt_day', periods: 24 },
    });
    expect(inShort(judge(rule, hourly([...weeks, ...fifth]), calendars))).toEqual([
      '2026-03-31T09:00 breached critical',
    ]);
  });

  it('takes nothing back of hours that are forgotten by now', () => {
    const rule = stop();
    const fifth = [...Array(9).fill(0), 20, 0, 0, 20, 20, 20, 20, 20, 20, 20, 20, 20, 0, 0, 0];
    const about = { rule, calendars: new Map(), fingerprintUntil: () => '' };
    const before = continueSeries({
      ...about,
      series: hourly([...weeks, ...fifth]),
      previous: undefined,
      changedFrom: undefined,
    });
    expect(before?.state.told.map(({ period }) => period)).toEqual([
      '2026-03-30T10:00',
      '2026-03-30T12:00',
      '2026-03-30T13:00',
    ]);
    const forgotten = Array(168 * 4 + 24).fill(null);
    const series = hourly([...forgotten, ...week.slice(24), ...week]);
    const after = continueSeries({ ...about, series, previous: before?.state, changedFrom: '2026-03-01' });
    expect([after?.overturned, after?.state.told]).toEqual([[], before?.state.told]);
  });

  it('judges fixed marks from the first hour on', () => {
    const marks = { warning: 50, recover: 45 };
    const rule = ruleWith({ kind: 'fixed', side: 'above', marks, recover_after: 2 }, { kpi: 'orders', grain: 'hour' });
    expect(inShort(judge(rule, hourly([10, 50, 47, 44, 44])))).toEqual([
      '2026-03-02T01:00 breached warning',
      '2026-03-02T03:00 recovering warning',
      '2026-03-02T04:00 recovered warning',
    ]);
  });
});

describe('a learnt rule by the hour', () => {
  const learnt = ruleWith(
    {
      ...{ kind: 'anomaly', side: 'below', weeks: 6, together: 6, least_change: 0.9 },
      ...{ marks: { critical: 8, warning: 5, approach: 4.5, recover: 1 }, recover_after: 2 },
    },
    { kpi: 'orders', grain: 'hour' },
  );
  const weeks = Array.from({ length: 6 }, (_, at) => week.map((one) => (one === 0 ? 0 : one + (at % 3) - 1))).flat();

  it('knows the hours of the week, and weighs the hours of a stop together', () => {
    const day = [...Array(9).fill(0), 20, 20, 0, 0, 0, 20, 20, 20, 20, 20, 20, 20, 0, 0, 0];
    const [first] = judge(learnt, hourly([...weeks, ...day])).events;
    expect(inShort(judge(learnt, hourly([...weeks, ...day])))).toEqual([
      // 2 × (√20.375 − √0.375) = 7.8 deviations of a count of 20; the next hour makes it more than eight.
      '2026-04-13T11:00 breached warning',
      '2026-04-13T12:00 breached critical',
      '2026-04-13T14:00 recovering critical',
      '2026-04-13T15:00 recovered critical',
    ]);
    expect(first?.expected).toBeCloseTo(20, 0);
  });

  it('says nothing of a night without orders', () => {
    expect(inShort(judge(learnt, hourly([...weeks, ...week])))).toEqual([]);
  });
});
