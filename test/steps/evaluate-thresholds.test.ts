import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Threshold } from '../../pipelines/domain/threshold.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { createFileNotifier } from '../../pipelines/notify/file-notifier.ts';
import { deliverWarnings } from '../../pipelines/steps/deliver-warnings.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { listWarnings } from '../../pipelines/steps/list-warnings.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { type KpiRow, kpiRelease } from './kpi-release.ts';

const catalog = loadDefinitions();
const conversion = ruleWith(
  {
    kind: 'fixed',
    side: 'below',
    marks: { critical: 0.01, warning: 0.02, approach: 0.025, recover: 0.03 },
    recover_after: 2,
  },
  { threshold: 'conversion_test' },
);
const presence = ruleWith(
  { kind: 'presence', while: 'orders', usual: { at_least: 2, of: 3 } },
  { threshold: 'presence_test', kpi: 'sessions', late_after: 1, runbook: 'source_outage' },
);

function definitionsWith(...rules: Threshold[]): Definitions {
  return { ...catalog, thresholds: new Map(rules.map((rule) => [rule.threshold, rule])) };
}

/** Conversion of one channel from a date on: orders per 1000 sessions, one figure a day. */
function days(first: string, perMille: readonly (number | null)[], channel = 'tmall'): KpiRow[] {
  return perMille.flatMap((numerator, index) =>
    numerator === null
      ? []
      : [
          {
            kpi_id: 'conversion_rate',
            channel_id: channel,
            business_date: addDays(first, index),
            numerator,
            denominator: 1000,
          },
        ],
  );
}

let folder = '';
let lake: Lake;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alerts-'));
  lake = createFolderLake(join(folder, 'lake'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const now = () => new Date('2026-05-01T00:00:00Z');

async function evaluate(
  rows: readonly KpiRow[],
  asOf: string,
  options: { rules?: Threshold[]; through?: string } = {},
) {
  const session = await kpiRelease(rows, asOf);
  const definitions = definitionsWith(...(options.rules ?? [conversion]));
  const asked = options.through === undefined ? {} : { through: options.through };
  const result = await evaluateThresholds(asked, { lake, session, definitions, now });
  await session.close();
  return result;
}

const inShort = (warnings: readonly { period: string; state: string; severity: string; channel_id: string }[]) =>
  warnings.map(({ period, state, severity, channel_id }) => `${period} ${channel_id} ${state} ${severity}`);

describe('evaluate thresholds', () => {
  it('raises what each channel calls for, and writes a whole message', async () => {
    const rows = [...days('2026-03-01', [40, 18, 18, 35, 36]), ...days('2026-03-01', [40, 40, 24, 40, 8], 'jd')];
    const result = await evaluate(rows, '2026-03-05');
    expect(inShort(result.warnings)).toEqual([
      '2026-03-02 tmall breached warning',
      '2026-03-03 jd approaching approaching',
      '2026-03-04 tmall recovering warning',
      '2026-03-05 jd breached critical',
      '2026-03-05 tmall recovered warning',
    ]);
    expect(result.warnings[0]).toMatchObject({
      version: 1,
      rule: 'conversion_test',
      rule_version: 1,
      kpi_id: 'conversion_rate',
      dimensions: {},
      grain: 'day',
      value: 0.018,
      mark: 0.02,
      expected: null,
      previous_state: 'ok',
      since: '2026-03-02',
      time_to_breach: null,
      drivers: [],
      owner: 'channel_operations',
      runbook: 'conversion_drop',
      report_path: '/channels/tmall/',
    });
    expect(result.warnings[0]?.text.en).toContain('1.8%');
    expect(result.warnings[0]?.text.zh).toContain('1.8%');
    expect(result.outcomes).toEqual({
      clear: 3,
      breached: 2,
      already_told: 1,
      recovering: 1,
      recovered: 1,
      approaching: 1,
      recovery_not_confirmed: 1,
    });
  });

  it('changes nothing when it judges the same release again', async () => {
    const rows = days('2026-03-01', [40, 18, 18]);
    await evaluate(rows, '2026-03-03');
    const before = await fileNames();
    const again = await evaluate(rows, '2026-03-03');
    expect([again.warnings, again.run, await fileNames()]).toEqual([[], null, before]);
  });

  it('tells the same day by day as at once', async () => {
    const values = [40, 24, 18, 22, 31, 29, 35, 36, 12, 9, 40, 41, 42];
    for (let day = 0; day < values.length; day++) {
      await evaluate(days('2026-02-23', values.slice(0, day + 1)), addDays('2026-02-23', day));
    }
    const daily = await listWarnings(lake);
    lake = createFolderLake(join(folder, 'other'));
    await evaluate(days('2026-02-23', values), addDays('2026-02-23', values.length - 1));
    const atOnce = await listWarnings(lake);
    const withoutRelease = (list: typeof daily) => list.map(({ release: _, ...rest }) => rest);
    expect(withoutRelease(daily)).toEqual(withoutRelease(atOnce));
    expect(inShort(atOnce)).toEqual([
      '2026-02-24 tmall approaching approaching',
      '2026-02-25 tmall breached warning',
      '2026-02-27 tmall recovering warning',
      '2026-03-02 tmall recovered warning',
      '2026-03-03 tmall breached warning',
      '2026-03-04 tmall breached critical',
      '2026-03-05 tmall recovering critical',
      '2026-03-06 tmall recovered critical',
    ]);
  });

  it('stops at the day that it is told', async () => {
    const rows = days('2026-03-01', [40, 18, 9]);
    expect(inShort((await evaluate(rows, '2026-03-03', { through: '2026-03-02' })).warnings)).toEqual([
      '2026-03-02 tmall breached warning',
    ]);
    expect(inShort((await evaluate(rows, '2026-03-03')).warnings)).toEqual(['2026-03-03 tmall breached critical']);
  });

  it('takes back what later data overturn, once, and tells it anew when it comes true again', async () => {
    const bad = days('2026-03-01', [40, 18, 40]);
    const good = days('2026-03-01', [40, 38, 40]);
    await evaluate(bad, '2026-03-03');
    expect(inShort((await evaluate(good, '2026-03-03')).warnings)).toEqual(['2026-03-02 tmall corrected warning']);
    expect((await evaluate(good, '2026-03-03')).run).toBeNull();
    expect(inShort((await evaluate(bad, '2026-03-03')).warnings)).toEqual([
      '2026-03-02 tmall breached warning',
      '2026-03-03 tmall recovering warning',
    ]);
    const ids = (await listWarnings(lake)).map((warning) => warning.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('finds a breach in a month that was judged long ago when its data change', async () => {
    const quiet = Array(130).fill(40);
    await evaluate(days('2026-01-01', quiet), addDays('2026-01-01', 129));
    const hidden = quiet.with(9, 5);
    const result = await evaluate(days('2026-01-01', hidden), addDays('2026-01-01', 129));
    expect(inShort(result.warnings)).toEqual([
      '2026-01-10 tmall breached critical',
      '2026-01-11 tmall recovering critical',
      '2026-01-12 tmall recovered critical',
    ]);
  });

  it('takes nothing back when a release is rolled back', async () => {
    await evaluate(days('2026-03-01', [40, 40, 18]), '2026-03-03');
    expect((await evaluate(days('2026-03-01', [40]), '2026-03-01')).warnings).toEqual([]);
    expect((await evaluate(days('2026-03-01', [40, 40, 18]), '2026-03-03')).warnings).toEqual([]);
  });

  it('leaves days of the past the verdict of their rule when the rule is rewritten', async () => {
    const rows = days('2026-03-01', [40, 32, 32]);
    await evaluate(rows, '2026-03-03');
    const stricter = ruleWith(
      { kind: 'fixed', side: 'below', marks: { warning: 0.035 } },
      { threshold: 'conversion_test' },
    );
    const longer = [...rows.slice(0, 1), ...days('2026-03-02', [31, 32, 32])];
    const result = await evaluate(longer, '2026-03-04', { rules: [stricter] });
    expect(inShort(result.warnings)).toEqual(['2026-03-04 tmall breached warning']);
  });

  it('sends one message about a silent source and none about the ratios that need it', async () => {
    const sessions = [900, 950, 920, null, null, 940].flatMap((numerator, index): KpiRow[] => [
      {
        kpi_id: 'sessions',
        channel_id: 'tmall',
        business_date: addDays('2026-03-01', index),
        numerator,
        denominator: null,
      },
      {
        kpi_id: 'orders',
        channel_id: 'tmall',
        business_date: addDays('2026-03-01', index),
        numerator: 30,
        denominator: null,
      },
      {
        kpi_id: 'conversion_rate',
        channel_id: 'tmall',
        business_date: addDays('2026-03-01', index),
        numerator: 30,
        denominator: numerator,
      },
    ]);
    const result = await evaluate(sessions, '2026-03-06', { rules: [conversion, presence] });
    expect(inShort(result.warnings)).toEqual([
      '2026-03-04 tmall no_data warning',
      '2026-03-06 tmall recovered warning',
    ]);
    expect(result.outcomes).toMatchObject({ missing_denominator: 2 });
  });

  it('tells late data, missing data, a zero denominator and a missing one apart, and takes none of them for a verdict', async () => {
    const rule = { ...conversion, late_after: 2 };
    const day = (index: number, numerator: number | null, denominator: number | null, is_complete = true): KpiRow => ({
      ...{ kpi_id: 'conversion_rate', channel_id: 'tmall', business_date: addDays('2026-03-01', index) },
      ...{ numerator, denominator, is_complete },
    });
    const whole = day(0, 40, 1000);
    const outcomes = async (second: KpiRow | undefined, days: number) => {
      lake = createFolderLake(join(folder, `lake-${JSON.stringify(second)}-${days}`));
      const rows = [
        whole,
        ...(second ? [second] : []),
        ...Array.from({ length: days }, (_, at) => day(2 + at, 40, 1000)),
      ];
      const result = await evaluate(rows, addDays('2026-03-01', 1 + days), { rules: [rule] });
      expect(result.warnings).toEqual([]);
      return result.outcomes;
    };
    // No row, or one that may still grow: for two days it is late, then it is missing.
    for (const second of [undefined, day(1, 1, 1000, false)]) {
      expect(await outcomes(second, 1)).toEqual({ clear: 1, late: 2 });
      expect(await outcomes(second, 2)).toEqual({ clear: 3, missing_data: 1 });
    }
    expect(await outcomes(day(1, 0, 0), 1)).toEqual({ clear: 2, zero_denominator: 1 });
    expect(await outcomes(day(1, 3, null), 1)).toEqual({ clear: 2, missing_denominator: 1 });
  });

  it('judges each member of a dimension by itself, and says which one it means', async () => {
    const sales = (by: NonNullable<KpiRow['by']>, figures: readonly number[], channel = 'tmall'): KpiRow[] =>
      figures.map((numerator, index) => ({
        ...{ kpi_id: 'gross_sales', channel_id: channel, business_date: addDays('2026-03-01', index) },
        ...{ numerator, denominator: null, by },
      }));
    const rows = [
      ...sales('product tea', [50, 50, 9, 50, 50]),
      ...sales('product cup', [50, 50, 50, 50, 0]),
      ...sales('product (other)', [5, 5, 5, 5, 5]),
      ...sales('region Berlin', [5, 5, 5, 5, 5]),
      ...sales('product cup', [50, 50, 50, 50, 50], 'jd'),
      ...sales('product cup', [5, 5, 5, 5, 5], 'all'),
    ];
    const marks = { kind: 'fixed', side: 'below', marks: { critical: 1, warning: 10 }, recover_after: 2 };
    const bySku = { threshold: 'sku', kpi: 'gross_sales', dimension: 'product' };
    const result = await evaluate(rows, '2026-03-05', { rules: [ruleWith(marks, bySku)] });
    expect(result.warnings.map((one) => [one.period, one.channel_id, one.dimensions, one.state])).toEqual([
      ['2026-03-03', 'tmall', { product: 'tea' }, 'breached'],
      ['2026-03-04', 'tmall', { product: 'tea' }, 'recovering'],
      ['2026-03-05', 'tmall', { product: 'cup' }, 'breached'],
      ['2026-03-05', 'tmall', { product: 'tea' }, 'recovered'],
    ]);
    const [tea, , cup] = result.warnings;
    expect(tea?.text.en).toMatch(/^Gross sales, tmall.*, product tea: 9.00 on 2026-03-03/i);
    expect(tea?.text.zh).toContain('商品 tea的销售总额');
    expect(cup?.fingerprint).not.toBe(tea?.fingerprint);
    expect((await evaluate(rows, '2026-03-05', { rules: [ruleWith(marks, bySku)] })).run).toBeNull();
    const one = ruleWith(marks, { ...bySku, threshold: 'one', channels: 'all', members: ['cup'] });
    expect(inShort((await evaluate(rows, '2026-03-05', { rules: [one] })).warnings)).toEqual([
      '2026-03-01 all breached warning',
    ]);
  });

  it('tells of too many cancellations at once, and of their end only when the figures stand', async () => {
    const cancelRate = catalog.thresholds.get('cancel_rate_high') as Threshold;
    const evaluateCancelled = (perMille: readonly number[]) => {
      const rows = days('2026-03-02', perMille).map((row) => ({ ...row, kpi_id: 'cancel_rate' }));
      return evaluate(rows, addDays('2026-03-02', perMille.length - 1), { rules: [cancelRate] });
    };
    expect((await evaluateCancelled([50, 60, 30])).outcomes).toEqual({ clear: 1, not_ripe: 2 });
    const { warnings } = await evaluateCancelled([50, 60, 250, 30]);
    expect(inShort(warnings)).toEqual(['2026-03-04 tmall breached critical']);
    expect(warnings[0]?.text.en).toContain('The figure may still rise.');
    expect(warnings[0]?.text.zh).toContain('该数值仍可能上升。');
    // Three days together, and three in a row: the 7th, the 8th and the 9th, each two days later.
    const low = [50, 60, 260, 50, 40, 45];
    expect((await evaluateCancelled([...low, 20])).warnings).toEqual([]);
    expect(inShort((await evaluateCancelled([...low, 30, 20])).warnings)).toEqual([
      '2026-03-07 tmall recovering critical',
    ]);
    const end = await evaluateCancelled([...low, 50, 45, 30, 20]);
    expect(inShort(end.warnings)).toEqual(['2026-03-09 tmall recovered critical']);
    expect(end.warnings[0]?.text.en).not.toContain('may still rise');
  });

  it('lets one of two evaluators win and tells each event once', async () => {
    const rows = days('2026-03-01', [40, 18, 9]);
    const results = await Promise.all([evaluate(rows, '2026-03-03'), evaluate(rows, '2026-03-03')]);
    expect(results.map((result) => result.warnings.length).sort()).toEqual([0, 2]);
    expect(await listWarnings(lake)).toHaveLength(2);
  });
});

describe('deliver warnings', () => {
  const routes = [{ route: 'all', match: {}, to: ['outbox'] }];

  it('brings every event to the outbox once, in order', async () => {
    const file = join(folder, 'outbox.ndjson');
    await evaluate(days('2026-03-01', [40, 18]), '2026-03-02');
    await deliverWarnings({ lake, now, routes, notifiers: [createFileNotifier(file)] });
    await evaluate(days('2026-03-01', [40, 18, 9]), '2026-03-03');
    await deliverWarnings({ lake, now, routes, notifiers: [createFileNotifier(file)] });
    const [last] = await deliverWarnings({ lake, now, routes, notifiers: [createFileNotifier(file)] });
    const lines = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(inShort(lines)).toEqual(['2026-03-02 tmall breached warning', '2026-03-03 tmall breached critical']);
    expect(last).toEqual({ notifier: 'outbox', sent: 0, withheld: {}, stopped: null });
  });

  it('goes on after a failure where it stopped, and past a message that nobody can deliver', async () => {
    await evaluate(days('2026-03-01', [40, 24, 18, 9]), '2026-03-04');
    const seen: string[] = [];
    const answers = ['sent', 'retry', 'given_up', 'sent'] as const;
    let call = 0;
    const shaky = {
      name: 'outbox',
      deliver: async (warning: { period: string }) => {
        const outcome = answers[call++] ?? 'sent';
        if (outcome === 'sent') seen.push(warning.period);
        return outcome === 'sent' ? { outcome } : { outcome, reason: `call ${call}` };
      },
    };
    const first = await deliverWarnings({ lake, now, routes, notifiers: [shaky] });
    const second = await deliverWarnings({ lake, now, routes, notifiers: [shaky] });
    expect([first[0], second[0]]).toEqual([
      { notifier: 'outbox', sent: 1, withheld: {}, stopped: 'call 2' },
      { notifier: 'outbox', sent: 1, withheld: { given_up: 1 }, stopped: null },
    ]);
    expect(seen).toEqual(['2026-03-02', '2026-03-04']);
  });

  it('says how many were not routed to a notifier', async () => {
    await evaluate(days('2026-03-01', [40, 24, 18]), '2026-03-03');
    const file = join(folder, 'outbox.ndjson');
    const graver = [{ route: 'graver', match: { severities: ['warning' as const] }, to: ['outbox'] }];
    const [report] = await deliverWarnings({ lake, now, routes: graver, notifiers: [createFileNotifier(file)] });
    expect(report).toEqual({ notifier: 'outbox', sent: 1, withheld: { not_routed: 1 }, stopped: null });
  });
});

describe('list warnings', () => {
  it('shows everything ever raised, or only what is open', async () => {
    const rows = [...days('2026-03-01', [40, 18, 40, 40, 40]), ...days('2026-03-01', [40, 40, 24, 24, 9], 'jd')];
    await evaluate(rows, '2026-03-05');
    expect(await listWarnings(lake)).toHaveLength(5);
    expect(inShort(await listWarnings(lake, { open: true }))).toEqual(['2026-03-05 jd breached critical']);
    expect(inShort(await listWarnings(lake, { since: '2026-03-04' }))).toEqual([
      '2026-03-04 tmall recovered warning',
      '2026-03-05 jd breached critical',
    ]);
  });
});

async function fileNames(): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
