import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import type { Warning } from '../../pipelines/domain/alerting/warning.ts';
import type { Kpi } from '../../pipelines/domain/kpi.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { kpiRelease } from './kpi-release.ts';

const catalog = loadDefinitions();
const conversion = ruleWith(
  { kind: 'fixed', side: 'below', marks: { critical: 0.01, warning: 0.02, recover: 0.03 }, recover_after: 2 },
  { threshold: 'conversion_test' },
);
const healthy: Definitions = { ...catalog, thresholds: new Map([[conversion.threshold, conversion]]) };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alerts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Orders per 1000 sessions, one figure a day from 27 February on. */
type PerMille = Readonly<Record<string, readonly number[]>>;

async function evaluate(perMille: PerMille, today: string, definitions = healthy) {
  const rows = Object.entries(perMille).flatMap(([channel_id, figures]) =>
    figures.map((numerator, day) => ({
      ...{ kpi_id: 'conversion_rate', channel_id, business_date: addDays('2026-02-27', day) },
      ...{ numerator, denominator: 1000 },
    })),
  );
  const days = Math.max(...Object.values(perMille).map(({ length }) => length));
  const session = await kpiRelease(rows, addDays('2026-02-27', days - 1));
  const now = () => new Date(`${today}T08:00:00Z`);
  const result = await evaluateThresholds({}, { lake: createFolderLake(folder), session, definitions, now });
  await session.close();
  return result;
}

const inShort = (warnings: readonly Warning[]) =>
  warnings.map(({ rule, channel_id, state, period }) => `${rule} ${channel_id} ${state} ${period}`);

async function statesFile(): Promise<string> {
  const runs = await readdir(join(folder, 'alerts/runs'));
  const run = JSON.parse(await readFile(join(folder, 'alerts/runs', runs.sort().at(-1) ?? ''), 'utf8'));
  return join(folder, run.shards[0].states);
}

describe('an evaluation that breaks down over one series', () => {
  // The day on which a trouble began, as a disk or a hand may have spoilt it: no calendar has it.
  const damage = async () => {
    const file = await statesFile();
    const whole = await readFile(file, 'utf8');
    const sound = '"since":"2026-02-28","error":false';
    expect(whole).toContain(sound);
    await writeFile(file, whole.replace(sound, sound.replace('02-28', '23-28')));
  };

  it('judges all others, stands in error, and tells the data team once', async () => {
    const first = await evaluate({ jd: [50, 15, 15], tmall: [50, 50, 50] }, '2026-03-03');
    expect(inShort(first.warnings)).toEqual(['conversion_test jd breached 2026-02-28']);
    expect(first.failures).toEqual([]);
    await damage();

    const broken = await evaluate({ jd: [50, 15, 15, 50], tmall: [50, 50, 50, 5] }, '2026-03-04');
    expect(inShort(broken.warnings)).toEqual([
      'conversion_test tmall breached 2026-03-02',
      'failed_evaluation all error 2026-03-04',
    ]);
    expect(broken.failures).toEqual([
      { rule: 'conversion_test', channel_id: 'jd', dimensions: {}, reason: 'RangeError: Invalid time value' },
    ]);
    expect(broken.warnings[1]).toMatchObject({ owner: 'data_team', dimensions: { rule: 'conversion_test' } });
    expect(broken.warnings[1]?.text.en).toBe(
      'The rule conversion_test broke down over jd: RangeError: Invalid time value. All others were judged.',
    );
    expect(broken.outcomes).toMatchObject({ failed: 1, breached: 1 });
    const { jd } = JSON.parse(await readFile(await statesFile(), 'utf8')).conversion_test;
    expect(jd).toMatchObject({
      next: '2026-03-02',
      machine: { condition: 'breached' },
      failed: { since: '2026-03-04', reason: 'RangeError: Invalid time value' },
    });

    const still = await evaluate({ jd: [50, 15, 15, 50, 50], tmall: [50, 50, 50, 5, 5] }, '2026-03-05');
    expect(inShort(still.warnings)).toEqual([]);
    expect(still.failures).toHaveLength(1);
  });

  it('goes on where it stood once that is mended, and says so', async () => {
    await evaluate({ jd: [50, 15, 15], tmall: [50, 50, 50] }, '2026-03-03');
    await damage();
    await evaluate({ jd: [50, 15, 15, 50], tmall: [50, 50, 50, 50] }, '2026-03-04');
    const file = await statesFile();
    await writeFile(file, (await readFile(file, 'utf8')).replace('2026-23-28', '2026-02-28'));

    const mended = await evaluate({ jd: [50, 15, 15, 50, 50], tmall: [50, 50, 50, 50, 50] }, '2026-03-05');
    expect(inShort(mended.warnings)).toEqual([
      'conversion_test jd recovering 2026-03-02',
      'conversion_test jd recovered 2026-03-03',
      'failed_evaluation all recovered 2026-03-05',
    ]);
    expect(mended.failures).toEqual([]);
    expect(await readFile(await statesFile(), 'utf8')).not.toContain('"reason"');
  });

  it('keeps back what it cannot put into words, and tells it later', async () => {
    const rate = catalog.kpis.get('conversion_rate') as Kpi;
    // A unit that nobody knows how to write; the verdict needs none. 19.996 ‰ looks like the mark, until written more finely.
    const strange = { ...rate, unit: 'furlong' as Kpi['unit'] };
    const kpis = new Map([...catalog.kpis, ['conversion_rate', strange]] as const);
    const silent = await evaluate({ jd: [50, 19.996] }, '2026-03-03', { ...healthy, kpis });
    expect(inShort(silent.warnings)).toEqual(['failed_evaluation all error 2026-03-03']);
    expect(silent.failures.map(({ reason }) => reason.split(':')[0])).toEqual(['TypeError']);

    const told = await evaluate({ jd: [50, 19.996] }, '2026-03-04');
    expect(inShort(told.warnings)).toEqual([
      'conversion_test jd breached 2026-02-28',
      'failed_evaluation all recovered 2026-03-04',
    ]);
  });
});
