import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { openWarnings } from '../../pipelines/domain/alerting/open-warnings.ts';
import { addDays } from '../../pipelines/domain/alerting/series.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { listWarnings } from '../../pipelines/steps/list-warnings.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { type KpiRow, kpiRelease } from './kpi-release.ts';

const rule = ruleWith(
  { kind: 'fixed', side: 'below', marks: { critical: 1, warning: 10 }, recover_after: 2 },
  { threshold: 'sku', kpi: 'gross_sales', dimension: 'product' },
);
const definitions = { ...loadDefinitions(), thresholds: new Map([[rule.threshold, rule]]) };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alerts-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sales of each product from 30 April on; null on days on which it has no name of its own. */
async function evaluate(products: Readonly<Record<string, readonly (number | null)[]>>) {
  const rows = Object.entries(products).flatMap(([product, figures]) =>
    figures.flatMap((numerator, day): KpiRow[] =>
      numerator === null
        ? []
        : [
            {
              ...{ kpi_id: 'gross_sales', channel_id: 'tmall', business_date: addDays('2026-04-30', day) },
              ...{ numerator, denominator: null, by: `product ${product}` },
            },
          ],
    ),
  );
  const days = Math.max(...Object.values(products).map(({ length }) => length));
  const session = await kpiRelease(rows, addDays('2026-04-30', days - 1));
  const lake = createFolderLake(folder);
  const result = await evaluateThresholds({}, { lake, session, definitions, now: () => new Date('2026-06-01') });
  await session.close();
  return {
    ...result,
    open: openWarnings(await listWarnings(lake)).map(({ period, state }) => `${period} ${state}`),
  };
}

const inShort = ({ warnings }: Awaited<ReturnType<typeof evaluate>>) =>
  warnings.map(({ period, dimensions, state, since }) => `${period} ${dimensions['product']} ${state} since ${since}`);

describe('a product that is none of the largest any more', () => {
  it('is followed no longer: its trouble is closed as unwatched, once', async () => {
    const first = await evaluate({ tea: [5], cup: [50] });
    expect(inShort(first)).toEqual(['2026-04-30 tea breached since 2026-04-30']);
    const left = await evaluate({ tea: [5], cup: [50, 50] });
    expect(inShort(left)).toEqual(['2026-05-01 tea unwatched since 2026-04-30']);
    expect(left.open).toEqual([]);
    expect(left.warnings[0]?.previous_state).toBe('breached');
    expect(left.warnings[0]?.text.en).toContain('no longer among the largest');
    expect(left.warnings[0]?.suggestion.en).toContain('the report names the largest members only');
    const later = await evaluate({ tea: [5], cup: [50, 50, 50] });
    expect(inShort(later)).toEqual([]);
    expect(later.outcomes).toMatchObject({ not_named: 1 });
  });

  it('is judged afresh when it comes back', async () => {
    await evaluate({ tea: [5], cup: [50] });
    await evaluate({ tea: [5], cup: [50, 50] });
    const back = await evaluate({ tea: [5, null, 4], cup: [50, 50, 50] });
    expect(inShort(back)).toEqual(['2026-05-02 tea breached since 2026-05-02']);
    expect(back.open).toEqual(['2026-05-02 breached']);
  });

  it('is followed no longer where its days of this month have gone as well, and nothing is called wrong', async () => {
    const named = await evaluate({ tea: [50, 50, 5], cup: [50, 50, 50] });
    expect(inShort(named)).toEqual(['2026-05-02 tea breached since 2026-05-02']);
    const left = await evaluate({ tea: [50], cup: [50, 50, 50, 50] });
    expect(inShort(left)).toEqual(['2026-05-02 tea unwatched since 2026-05-02']);
    expect(left.open).toEqual([]);
    expect(inShort(await evaluate({ tea: [50], cup: [50, 50, 50, 50, 50] }))).toEqual([]);
    // With all of its days again the old verdict stands again.
    const back = await evaluate({ tea: [50, 50, 5, 5, 5, 5], cup: [50, 50, 50, 50, 50, 50] });
    expect(inShort(back)).toEqual(['2026-05-02 tea breached since 2026-05-02']);
    expect(back.open).toEqual(['2026-05-02 breached']);
  });

  it('is waited for where nobody else has figures either', async () => {
    await evaluate({ tea: [5], cup: [50] });
    const silent = await evaluate({ tea: [5, null, null], cup: [50, null, null], '(other)': [9, null, null] });
    expect(inShort(silent)).toEqual([]);
    expect(silent.open).toEqual(['2026-04-30 breached']);
  });
});
