import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { type KpiRow, kpiRelease } from './kpi-release.ts';

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === 'string' && value !== '';
const day: Check = (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const whole: Check = (value) => Number.isInteger(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(String(value));
const record =
  (checks: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const given = Object.entries(value);
    const missing = Object.keys(checks).filter((name) => !(name in value));
    return missing.length === 0 && given.every(([name, one]) => (checks[name] ?? optional[name] ?? (() => false))(one));
  };
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const bilingual = record({ zh: text, en: text });

/** The message as the interface describes it, word for word; what was added since stands apart. */
const message = {
  version: (value: unknown) => value === 1,
  id: text,
  fingerprint: text,
  rule: text,
  rule_version: whole,
  kpi_id: text,
  channel_id: text,
  dimensions: (value: unknown) =>
    typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string'),
  period: day,
  grain: oneOf('day', 'week', 'month'),
  value: orNull(number),
  mark: orNull(number),
  expected: orNull(number),
  severity: oneOf('approaching', 'warning', 'critical'),
  state: oneOf('approaching', 'breached', 'recovering', 'recovered', 'no_data', 'error', 'corrected'),
  previous_state: oneOf('ok', 'approaching', 'breached', 'recovering', 'no_data', 'error'),
  since: day,
  time_to_breach: orNull(record({ date: day, earliest: day, latest: orNull(day) })),
  drivers: listOf(record({ dimension: text, member: text, contribution: number })),
  suggestion: bilingual,
  owner: text,
  runbook: text,
  report_path: (value: unknown) => /^\/(channels\/[^/]+\/)?$/.test(String(value)),
  release: text,
  text: bilingual,
} satisfies Record<string, Check>;
const added = { expected_range: record({ low: number, high: number }), reminder_of: text };

function faultsOf(warning: Warning): string[] {
  const given = new Map<string, unknown>(Object.entries(JSON.parse(JSON.stringify(warning))));
  const wrong = Object.entries(message).flatMap(([name, check]) => (check(given.get(name)) ? [] : [name]));
  const strange = [...given.keys()].filter((name) => !(name in message) && !(name in added));
  const extra = Object.entries(added).flatMap(([name, check]) =>
    !given.has(name) || check(given.get(name)) ? [] : [name],
  );
  return [...wrong, ...strange, ...extra];
}

const catalog = loadDefinitions();
const marks = { critical: 0.01, warning: 0.02, approach: 0.025, recover: 0.03 };
const rules = [
  ruleWith({ kind: 'fixed', side: 'below', marks, recover_after: 2 }, { threshold: 'fixed' }),
  ruleWith(
    { kind: 'fixed', side: 'below', marks, evidence: { up_to: 3, deviations: 2.5 } },
    { threshold: 'guarded', kpi: 'cart_rate' },
  ),
  ruleWith(
    { kind: 'same_weekday', side: 'below', weeks: 2, marks: { warning: 0.5 } },
    { threshold: 'weekday', kpi: 'orders', channels: 'all' },
  ),
  ruleWith(
    { kind: 'presence', usual: { at_least: 2, of: 3 } },
    { threshold: 'present', kpi: 'sessions', late_after: 1, runbook: 'source_outage' },
  ),
  ruleWith(
    { kind: 'fixed', side: 'below', marks: { warning: 10 } },
    { threshold: 'sku', kpi: 'units', dimension: 'product' },
  ),
];
const overdue = ruleWith(
  { kind: 'fixed', side: 'below', marks, review_by: '2026-01-01' },
  { threshold: 'overdue', channels: ['nowhere'] },
);
const definitions: Definitions = {
  ...catalog,
  thresholds: new Map([...rules, overdue].map((rule) => [rule.threshold, rule])),
};

function rows(conversion: readonly number[]): KpiRow[] {
  const on = (index: number) => addDays('2026-03-01', index);
  const one = (kpi_id: string, figures: readonly (number | null)[], denominator: number | null, channel_id = 'tmall') =>
    figures.flatMap((numerator, index): KpiRow[] =>
      numerator === null ? [] : [{ kpi_id, channel_id, business_date: on(index), numerator, denominator }],
    );
  return [
    ...one('conversion_rate', conversion, 1000),
    ...one('cart_rate', [22, 21, 19.96, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40], 1000),
    ...one('orders', Array(14).fill(100).concat(20), null, 'all'),
    ...one('orders', Array(14).fill(60).concat(8), null),
    ...one('orders', Array(14).fill(40).concat(12), null, 'jd'),
    ...one('sessions', [9, 9, 9, 9, null, null, null, 9, 9, 9, 9, 9, 9, 9, 9], null),
    ...one('units', [50, 5, 50, 50], null).map((row) => ({ ...row, by: 'product tea' as const })),
  ];
}

let folder: string;
const heard: Warning[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'message-'));
  const lake = createFolderLake(folder);
  let clock = '2026-03-15T08:00:00Z';
  const now = () => new Date(clock);
  const quiet = [40, 40, 40, 18, 22, 31, 35, 36, 40, 40, 40, 40, 24, 40, 8];
  for (const conversion of [quiet, quiet.with(3, 40)]) {
    const session = await kpiRelease(rows(conversion), '2026-03-15');
    await evaluateThresholds({}, { lake, session, definitions, now });
    await session.close();
    const routes = [{ route: 'all', to: ['listener'], repeat_after_hours: 1 }];
    const listener = {
      name: 'listener',
      deliver(one: Warning) {
        heard.push(one);
        return Promise.resolve({ outcome: 'sent' as const });
      },
    };
    await deliverWarnings({ lake, now, routes, notifiers: [listener] });
    clock = '2026-03-15T12:00:00Z';
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the message that subscribers parse', () => {
  it('is in every state and kind exactly as it is described', () => {
    expect(
      heard.flatMap((warning) => faultsOf(warning).map((name) => `${warning.rule} ${warning.state}: ${name}`)),
    ).toEqual([]);
    expect(new Set(heard.map(({ state }) => state))).toEqual(
      new Set(['approaching', 'breached', 'recovering', 'recovered', 'no_data', 'corrected']),
    );
    expect(new Set(heard.map(({ rule }) => rule))).toEqual(
      new Set(['fixed', 'guarded', 'weekday', 'present', 'sku', 'overdue_review']),
    );
    expect(heard.filter(({ reminder_of }) => reminder_of !== undefined).length).toBeGreaterThan(0);
    expect(heard.filter(({ drivers }) => drivers.length > 0).length).toBeGreaterThan(0);
  });

  it('would be found out if it were not', () => {
    const [warning] = heard;
    const broken = { ...warning, value: '0.018', person: 'li' } as unknown as Warning;
    expect(faultsOf(broken)).toEqual(['value', 'person']);
  });

  const told = (rule: string, state: string) => heard.find((one) => one.rule === rule && one.state === state)?.text;

  it('says how long a trouble lasted', () => {
    expect(told('fixed', 'recovered')?.en).toContain(
      'back to normal on 2026-03-07, after 3 days; the trouble began on 2026-03-04',
    );
    expect(told('fixed', 'recovered')?.zh).toContain('异常始于 2026-03-04，持续 3 天');
  });

  it('does not call a figure close to a mark that it has passed, nor show the two alike', () => {
    expect(told('guarded', 'approaching')?.en).toContain(
      '1.996% on 2026-03-03, past the warning mark of 2.0% by itself; that may still be chance.',
    );
    expect(told('fixed', 'approaching')?.en).toContain('2.4% on 2026-03-13, close to the warning mark of 2.0%.');
  });
});
