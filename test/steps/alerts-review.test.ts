import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { noteIncident } from '../../pipelines/steps/alerts-incidents.ts';
import { acknowledgeWarning } from '../../pipelines/steps/alerts-notes.ts';
import { reviewThresholds } from '../../pipelines/steps/alerts-review.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import type { ReleaseSession } from '../../pipelines/warehouse/warehouse.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { kpiRelease } from './kpi-release.ts';

const rule = ruleWith({
  ...{ kind: 'fixed', side: 'below', recover_after: 2 },
  marks: { warning: 0.02, recover: 0.03 },
});
const definitions = { ...loadDefinitions(), thresholds: new Map([[rule.threshold, rule]]) };
const now = () => new Date('2026-04-20T08:00:00Z');

/** Quiet at 4 %; two collapses to 1.6 % and three scares at 1.85 %, each with time to recover. */
const perMille = [40, 40, 16, 40, 40, 40, 18.5, 40, 40, 40, 18.5, 40, 40, 40, 16, 40, 40, 40, 18.5, 40, 40, 40];

let folder: string;
let lake: Lake;
let session: ReleaseSession;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'review-'));
  lake = createFolderLake(folder);
  const rows = perMille.map((numerator, index) => ({
    ...{ kpi_id: 'conversion_rate', channel_id: 'tmall', denominator: 1000 },
    ...{ business_date: addDays('2026-03-01', index), numerator },
  }));
  session = await kpiRelease(rows, '2026-03-22');
});
afterEach(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

const review = (given: ReleaseSession | undefined = session) =>
  reviewThresholds(definitions, { lake, now, session: given });
const evaluate = () => evaluateThresholds({}, { lake, now, session, definitions });
const note = (from: string, to: string, kpi = 'conversion_rate') =>
  noteIncident({ kpi, channel: 'tmall', from, to, by: 'li', note: 'checkout' }, { lake, now, definitions });

describe('review', () => {
  it('proposes the mark that would have seen the incidents with fewer false warnings, and says on what evidence', async () => {
    await evaluate();
    await note('2026-03-03', '2026-03-03');
    await note('2026-03-15', '2026-03-15');
    const { rules, proposals } = await review();
    expect(rules.map(({ troubles, missed, mean_days_to_notice }) => [troubles, missed, mean_days_to_notice])).toEqual([
      [5, 0, 0],
    ]);
    expect(proposals).toEqual([
      {
        rule: 'rule_under_test',
        mark: 0.02,
        // 1.9 % still takes 1.85 % for trouble; 1.8 % is the nearest that does not.
        proposed_mark: 0.018,
        incidents: 2,
        now: { caught: 2, false_warnings: 3 },
        proposed: { caught: 2, false_warnings: 0 },
        text: {
          en: 'Too low: a mark of 1.8% instead of 2.0% would have caught both incidents with 3 fewer false warnings (0 instead of 3).',
          zh: '过低：若将预警线由 2.0% 调整为 1.8%，可发现 2 起事件中的 2 起（现为 2 起），误报由 3 次变为 0 次。',
        },
      },
    ]);
  });

  it('learns incidents from verdicts too, and proposes nothing without evidence or a release', async () => {
    const { warnings } = await evaluate();
    expect((await review()).proposals).toEqual([]);
    const collapses = warnings.filter(({ state, value }) => state === 'breached' && value === 0.016);
    for (const { id } of collapses) {
      await acknowledgeWarning({ warning: id, by: 'li', verdict: 'useful' }, { lake, now });
    }
    expect((await review()).proposals.map(({ proposed_mark, incidents }) => [proposed_mark, incidents])).toEqual([
      [0.018, 2],
    ]);
    expect((await reviewThresholds(definitions, { lake, now, session: undefined })).proposals).toEqual([]);
  });

  it('counts what was missed, and proposes the mark that would have seen it', async () => {
    await evaluate();
    // No trouble of any kind on these days; and a KPI that the rule does not watch.
    await note('2026-02-01', '2026-02-02');
    await note('2026-02-01', '2026-02-02', 'orders');
    expect((await review()).rules[0]?.missed).toBe(1);
  });

  it('refuses an incident that ends before it begins, and a KPI that nobody knows', async () => {
    await expect(note('2026-03-05', '2026-03-03')).rejects.toMatchObject({ name: 'UsageError', exitCode: 2 });
    await expect(note('2026-03-05', '2026-03-05', 'conversion')).rejects.toThrow(/no KPI is called "conversion"/);
  });

  it('notes an incident once, however often it is told', async () => {
    await note('2026-03-03', '2026-03-03');
    await note('2026-03-03', '2026-03-03');
    expect((await review()).rules[0]?.missed).toBe(1);
  });
});
