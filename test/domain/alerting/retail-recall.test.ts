import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { evaluateSeries } from '../../../pipelines/domain/alerting/evaluate-series.ts';
import { addDays, type Calendars } from '../../../pipelines/domain/alerting/series.ts';
import { idle } from '../../../pipelines/domain/alerting/state-machine.ts';
import { isNamedBy } from '../../../pipelines/domain/calendar.ts';
import type { Threshold } from '../../../pipelines/domain/threshold.ts';
import { retailSeries } from './retail-series.ts';

const definitions = loadDefinitions([fileURLToPath(new URL('../../fixtures/learnt-rule', import.meta.url))]);
const written = definitions.thresholds.get('orders_unusual');
if (written === undefined) throw new Error('the catalog has no rule orders_unusual');
const rule: Threshold = written;

/** What a calendar says of each day, asked once. */
const calendars: Calendars = new Map(
  [...definitions.calendars].map(([id, calendar]) => {
    const known = new Map<string, boolean>();
    return [id, (day: string) => known.get(day) ?? known.set(day, isNamedBy(calendar, day)).get(day) === true];
  }),
);

/** Days after an incident in which it may still be heard of. */
const recoveryDays = 14;
const days = 730;

function score(seeds: number, judged: Threshold) {
  let planted = 0;
  let found = 0;
  let invented = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const world = retailSeries(seed, days);
    const { events } = evaluateSeries({ rule: judged, series: world.series, calendars, machine: idle, from: 0 });
    const told = events.filter(({ state }) => state === 'breached').map(({ period }) => period);
    planted += world.planted.length;
    found += world.planted.filter(({ from, to }) => told.some((day) => from <= day && day <= addDays(to, 1))).length;
    const near = events.filter(({ state }) => state === 'approaching').map(({ period }) => period);
    invented += [...told, ...near].filter(
      (day) => !world.planted.some(({ from, to }) => from <= day && day <= addDays(to, recoveryDays)),
    ).length;
  }
  return { planted, recall: found / planted, falsePerHundredDays: (100 * invented) / (seeds * days) };
}

describe('the anomaly rule on two years of generated retail series with 618, 11.11 and New Year', () => {
  it('finds what was planted and keeps its peace otherwise, over 30 seeds', { timeout: 60_000 }, () => {
    const { planted, recall, falsePerHundredDays } = score(30, rule);
    expect(planted).toBeGreaterThan(100);
    expect(recall).toBeGreaterThanOrEqual(0.95);
    expect(falsePerHundredDays).toBeLessThanOrEqual(0.3);
  });

  it('would take festivals for incidents without its calendars', { timeout: 60_000 }, () => {
    const blind = { ...rule, versions: rule.versions.map((version) => ({ ...version, not_on: [] }) as typeof version) };
    expect(score(6, blind).falsePerHundredDays).toBeGreaterThan(1);
  });
});
