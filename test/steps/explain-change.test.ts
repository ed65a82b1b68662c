import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { namedDaysOf } from '../../pipelines/domain/alerting/named-days.ts';
import { addDays, type Observation } from '../../pipelines/domain/alerting/series.ts';
import { subjectKey } from '../../pipelines/domain/alerting/subject.ts';
import type { Driver } from '../../pipelines/domain/alerting/warning.ts';
import type { Kpi } from '../../pipelines/domain/kpi.ts';
import { explainChange, forecastBreach, type Question } from '../../pipelines/steps/explain-change.ts';
import type { KpiTable } from '../../pipelines/steps/kpi-series.ts';
import { type Noise, noiseFrom } from '../domain/alerting/noise.ts';
import { ruleWith } from '../domain/alerting/rules.ts';

const { kpis } = loadDefinitions();
const kpi = (id: string): Kpi => {
  const found = kpis.get(id);
  if (found === undefined) throw new Error(`the catalog has no KPI ${id}`);
  return found;
};

/** Five weeks; the last day is asked about. */
const days = 29;
const periods = Array.from({ length: days }, (_, index) => addDays('2026-03-02', index));
const period = periods.at(-1) ?? '';
/** The day and the same weekday of four weeks before. */
const compared = [28, 21, 14, 7, 0] as const;

/** Amounts, or numerator and denominator, by series and day; null where there is none. */
type Figures = ReadonlyMap<string, readonly (number | readonly [number, number] | null)[]>;

function tableOf(figures: Record<string, Figures>): KpiTable {
  const observe = (figure: number | readonly [number, number] | null): Observation | null => {
    if (figure === null) return null;
    if (typeof figure === 'number') return { numerator: figure, denominator: null, value: figure, complete: true };
    const [numerator, denominator] = figure;
    return { numerator, denominator, value: denominator === 0 ? null : numerator / denominator, complete: true };
  };
  const rows = Object.entries(figures).map(([id, series]) => {
    return [id, new Map([...series].map(([key, values]) => [key, values.map(observe)] as const))] as const;
  });
  return { periods, rows: new Map(rows) };
}

function ask(id: string, question: Partial<Question>, rule: Record<string, unknown> = {}): Driver[] {
  const version = { kind: 'same_weekday', side: 'below', marks: { warning: 0.5 } };
  return explainChange({
    rule: ruleWith(version, { kpi: id, channels: 'all', ...rule }),
    kpi: kpi(id),
    channel: 'all',
    period,
    history: { periods, rows: new Map() },
    members: new Map(),
    calendars: new Map(),
    ...question,
  });
}

const sumOf = (drivers: readonly Driver[], dimension: string) =>
  drivers.filter((one) => one.dimension === dimension).reduce((sum, { contribution }) => sum + contribution, 0);
const firstOf = (drivers: readonly Driver[], dimension: string) =>
  drivers.find((one) => one.dimension === dimension)?.member;
const totalOf = (parts: Figures) =>
  periods.map((_, day) => [...parts.values()].reduce((sum, values) => sum + Number(values[day] ?? 0), 0));
const changeOf = (whole: readonly number[]) => {
  const [now = 0, ...before] = compared.map((day) => whole[day] ?? 0);
  return now - before.reduce((sum, value) => sum + value, 0) / before.length;
};

describe('drivers of a change on random data', () => {
  const cents = fc.option(fc.integer({ min: 0, max: 50_000_000 }), { freq: 5 });
  const member = fc.array(cents, { minLength: days, maxLength: days });
  // "all" is the name of the whole.
  const name = fc.stringMatching(/^[a-z]{1,6}$/).filter((one) => one !== 'all');
  const parts = fc.dictionary(name, member, { minKeys: 1, maxKeys: 25 });

  it('add up to it within a cent, by channel, product and region, whoever appears or vanishes', () => {
    const property = fc.property(parts, (given) => {
      const figures: Figures = new Map(
        Object.entries(given).map(([name, values]) => [
          name,
          values.map((value) => (value === null ? null : value / 100)),
        ]),
      );
      const whole = totalOf(figures);
      const keyed = (dimension: string) =>
        new Map(
          [...figures].map(([name, values]) => [
            subjectKey({ channel: 'all', dimensions: { [dimension]: name } }),
            values,
          ]),
        );
      const drivers = ask('gross_sales', {
        history: tableOf({ gross_sales: new Map([...figures, ['all', whole]]) }),
        members: new Map(['product', 'region'].map((name) => [name, tableOf({ gross_sales: keyed(name) })])),
      });
      for (const dimension of ['channel', 'product', 'region']) {
        expect(Math.abs(sumOf(drivers, dimension) - changeOf(whole))).toBeLessThan(0.01);
      }
    });
    fc.assert(property);
  });

  it('add up to it within a cent, by visits, conversion and order value', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 50_000_000 }), { minLength: days, maxLength: days });
    const property = fc.property(amounts, amounts, amounts, (sessions, orders, cents) => {
      const sales = cents.map((value) => value / 100);
      const history = tableOf({
        sessions: new Map([['all', sessions]]),
        orders: new Map([['all', orders]]),
        net_sales: new Map([['all', sales]]),
      });
      const drivers = ask('net_sales', { history }, { chain: ['sessions', 'orders'] });
      const size = Math.max(1, ...drivers.map(({ contribution }) => Math.abs(contribution)));
      expect(Math.abs(sumOf(drivers, 'factor') - changeOf(sales))).toBeLessThan(Math.max(0.01, size * 1e-9));
    });
    fc.assert(property);
  });
});

/** A figure of every day around a level, with weekdays and the usual noise. */
function around(noise: Noise, level: number): number[] {
  const week = Array.from({ length: 7 }, () => noise.between(0.8, 1.2));
  return periods.map((_, day) => level * (week[day % 7] ?? 1) * Math.exp(0.06 * noise.normal()));
}

const cases = 400;

/** Share of generated cases in which the first driver is what was planted. */
function namedFirst(
  play: (noise: Noise) => { readonly planted: string; readonly first: string | undefined } | undefined,
) {
  let played = 0;
  let named = 0;
  for (let seed = 1; played < cases; seed++) {
    const result = play(noiseFrom(seed));
    if (result === undefined) continue;
    played++;
    if (result.first === result.planted) named++;
  }
  return named / cases;
}

describe('a planted cause', () => {
  it.each(['channel', 'product', 'region'])('is named first among the members of a %s', (dimension) => {
    const share = namedFirst((noise) => {
      const names = Array.from({ length: 4 + Math.floor(20 * noise.uniform()) }, (_, index) => `m${index}`);
      const figures = new Map(names.map((name) => [name, around(noise, 1000 * Math.exp(noise.normal()))]));
      const planted = noise.pick(names);
      const values = figures.get(planted) ?? [];
      const lost = (values[28] ?? 0) * noise.between(0.5, 1);
      // Less than a tenth of the whole would not have raised a warning.
      if (lost < 0.1 * (totalOf(figures)[28] ?? 0)) return undefined;
      values[28] = (values[28] ?? 0) - lost;
      const whole = new Map([['all', totalOf(figures)]]);
      const keyed = new Map(
        [...figures].map(([name, own]) => [subjectKey({ channel: 'all', dimensions: { [dimension]: name } }), own]),
      );
      const drivers =
        dimension === 'channel'
          ? ask('gross_sales', { history: tableOf({ gross_sales: new Map([...figures, ...whole]) }) })
          : ask('gross_sales', {
              history: tableOf({ gross_sales: whole }),
              members: new Map([[dimension, tableOf({ gross_sales: keyed })]]),
            });
      return { planted, first: firstOf(drivers, dimension) };
    });
    console.log(`planted ${dimension} named first: ${(100 * share).toFixed(1)} % of ${cases}`);
    expect(share).toBeGreaterThanOrEqual(0.95);
  });

  it('is named first among visits, conversion and order value', () => {
    const share = namedFirst((noise) => {
      const planted = noise.pick(['sessions', 'orders_per_sessions', 'net_sales_per_orders']);
      const factors = [around(noise, 5000), around(noise, 0.03), around(noise, 180)];
      const index = ['sessions', 'orders_per_sessions', 'net_sales_per_orders'].indexOf(planted);
      const hit = factors[index] ?? [];
      hit[28] = (hit[28] ?? 0) * noise.pick([0.4, 0.55, 0.7, 1.5, 2]);
      const product = (count: number) =>
        periods.map((_, day) => factors.slice(0, count).reduce((whole, factor) => whole * (factor[day] ?? 0), 1));
      const history = tableOf({
        sessions: new Map([['all', product(1)]]),
        orders: new Map([['all', product(2)]]),
        net_sales: new Map([['all', product(3)]]),
      });
      return { planted, first: firstOf(ask('net_sales', { history }, { chain: ['sessions', 'orders'] }), 'factor') };
    });
    console.log(`planted factor named first: ${(100 * share).toFixed(1)} % of ${cases}`);
    expect(share).toBeGreaterThanOrEqual(0.95);
  });

  it('is told as a rate that fell, or as a mix that shifted', () => {
    const share = namedFirst((noise) => {
      const names = ['a', 'b', 'c', 'd'];
      const planted = noise.pick(['rate', 'mix']);
      const sessions = new Map(names.map((name) => [name, around(noise, 2000 * Math.exp(0.5 * noise.normal()))]));
      const rates = new Map(names.map((name, index) => [name, around(noise, index === 0 ? 0.006 : 0.03)]));
      const hit = planted === 'rate' ? (rates.get('b') ?? []) : (sessions.get('a') ?? []);
      hit[28] = (hit[28] ?? 0) * (planted === 'rate' ? noise.between(0.2, 0.5) : noise.between(4, 6));
      const figures = new Map(
        names.map((name) => {
          const visits = sessions.get(name) ?? [];
          return [name, visits.map((count, day) => [count * (rates.get(name)?.[day] ?? 0), count] as const)] as const;
        }),
      );
      const whole = periods.map((_, day) => {
        const sum = (side: 0 | 1) => [...figures.values()].reduce((total, own) => total + (own[day]?.[side] ?? 0), 0);
        return [sum(0), sum(1)] as const;
      });
      const rate = (day: number) => (whole[day]?.[0] ?? 0) / (whole[day]?.[1] ?? 1);
      // A fall of a tenth of the rate at least: less would not have raised a warning.
      const usual = [0, 7, 14, 21].reduce((sum, day) => sum + rate(day), 0) / 4;
      if (rate(28) > 0.9 * usual) return undefined;
      const drivers = ask('conversion_rate', {
        history: tableOf({ conversion_rate: new Map([...figures, ['all', whole]]) }),
      });
      return { planted, first: firstOf(drivers, 'effect') };
    });
    console.log(`planted effect named first: ${(100 * share).toFixed(1)} % of ${cases}`);
    expect(share).toBeGreaterThanOrEqual(0.95);
  });
});

describe('the forecast in a warning', () => {
  /** A slide of 1.5 % a day from 4 %, and ten days of a festival at half of it. */
  const slide = periods.map(
    (_, day) => [20 * 4 * (1 - 0.015 * day) * (day >= 10 && day < 20 ? 0.5 : 1), 2000] as const,
  );
  const festival = {
    calendar: 'festival',
    title: { en: '', zh: '' },
    days: [{ from: '2026-03-12', to: '2026-03-21' }],
  };
  const rule = ruleWith({ kind: 'fixed', side: 'below', marks: { warning: 0.02 }, not_on: ['festival'] });
  const question: Question = {
    rule,
    kpi: kpi('conversion_rate'),
    channel: 'tmall',
    period,
    history: tableOf({ conversion_rate: new Map([['tmall', slide]]) }),
    members: new Map(),
    calendars: namedDaysOf(new Map([['festival', festival]])),
  };

  it('is not led astray by days that the rule leaves out', () => {
    // 4 % × (1 − 0.015 × day) is 2 % after 33 days, five after the last one; the fading slope takes a little longer.
    const crossing = forecastBreach(question, 0.02);
    expect(crossing?.date).toMatch(/^2026-04-0[3-7]$/);
    expect(forecastBreach({ ...question, calendars: new Map() }, 0.02)?.date).not.toBe(crossing?.date);
  });
});
