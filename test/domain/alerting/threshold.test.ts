import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../pipelines/definitions.ts';
import { isNamedBy } from '../../../pipelines/domain/calendar.ts';
import { threshold } from '../../../pipelines/domain/threshold.ts';
import { lowRule } from './rules.ts';

let overlay = '';
beforeEach(async () => {
  overlay = await mkdtemp(join(tmpdir(), 'overlay-'));
  for (const kind of ['thresholds', 'playbooks', 'calendars']) await mkdir(join(overlay, kind));
});
afterEach(() => rm(overlay, { recursive: true, force: true }));

const rule = `threshold: aov_low
title: { en: Small baskets, zh: 客单价过低 }
kpi: aov
channels: [tmall]
owner: sales_director
runbook: small_baskets
versions:
  - version: 1
    review_by: "2027-01-01"
    reason: { en: Freight eats the margin of small baskets., zh: 小额订单的运费吞噬毛利。 }
    kind: same_weekday
    side: below
    marks: { warning: 0.8, approach: 0.85 }
    not_on: [inventory_days]
`;
const playbook = `playbook: small_baskets
title: { en: Small baskets, zh: 客单价过低 }
suggestions:
  - text: { en: Offer a bundle., zh: 推出组合装。 }
runbook:
  lead: sales_director
  steps:
    - { en: Look at bundles., zh: 检查组合装。 }
`;
const calendar = `calendar: inventory_days
title: { en: Stocktaking, zh: 盘点 }
days:
  - { from: "2026-06-29", to: "2026-06-30" }
  - { from: "12-30", to: "12-31" }
`;

describe('thresholds, playbooks, calendars and routes of an overlay', () => {
  it('come without a line of TypeScript', async () => {
    await writeFile(join(overlay, 'thresholds', 'aov_low.yaml'), rule);
    await writeFile(join(overlay, 'playbooks', 'small_baskets.yaml'), playbook);
    await writeFile(join(overlay, 'calendars', 'inventory_days.yaml'), calendar);
    await writeFile(
      join(overlay, 'routes.yaml'),
      'routes:\n  - route: people\n    to: [pager]\n  - route: sales\n    to: [mail]\n',
    );
    const definitions = loadDefinitions([overlay]);
    expect(definitions.thresholds.get('aov_low')?.channels).toEqual(['tmall']);
    expect(definitions.routes.map(({ route, to }) => [route, to])).toEqual([
      ['programs', ['outbox', 'sns']],
      ['people', ['pager']],
      ['reminders', ['console']],
      ['sales', ['mail']],
    ]);
    const days = definitions.calendars.get('inventory_days');
    const named = ['2026-06-28', '2026-06-29', '2027-12-31', '2026-06-30', '2027-06-30'].filter(
      (day) => days && isNamedBy(days, day),
    );
    expect(named).toEqual(['2026-06-29', '2027-12-31', '2026-06-30']);
  });

  it('do not make a build look stale', async () => {
    await writeFile(join(overlay, 'playbooks', 'small_baskets.yaml'), playbook);
    expect(loadDefinitions([overlay]).fingerprint).toBe(loadDefinitions().fingerprint);
  });

  it('are refused with the name that leads nowhere', async () => {
    await writeFile(join(overlay, 'thresholds', 'aov_low.yaml'), rule);
    await writeFile(join(overlay, 'calendars', 'inventory_days.yaml'), calendar);
    expect(() => loadDefinitions([overlay])).toThrow(
      /thresholds\/aov_low: runbook: no playbook is called "small_baskets"/,
    );
  });

  it.each([
    ['kpi: aov', /festivals: no calendar is called "carnival"/],
    ['kpi: nps', /kind: an anomaly rule weighs figures that are never negative, and nps may be/],
  ])('are refused where a learnt rule cannot work: %s', async (kpi, message) => {
    const learnt = rule
      .replace('kpi: aov', kpi)
      .replace('kind: same_weekday', 'kind: anomaly')
      .replace('{ warning: 0.8, approach: 0.85 }', '{ warning: 4, approach: 3 }')
      .replace('not_on: [inventory_days]', `festivals: [${kpi.endsWith('aov') ? 'carnival' : 'national_day'}]`);
    await writeFile(join(overlay, 'thresholds', 'aov_low.yaml'), learnt);
    await writeFile(join(overlay, 'playbooks', 'small_baskets.yaml'), playbook);
    expect(() => loadDefinitions([overlay])).toThrow(message);
  });
});

describe('the dimension of a rule', () => {
  const lookFor = (scope: string) => async () => {
    const text = rule.replace('channels: [tmall]', `channels: [tmall]\n${scope}`);
    await writeFile(join(overlay, 'thresholds', 'aov_low.yaml'), text.replace('kpi: aov', 'kpi: cancel_rate'));
    await writeFile(join(overlay, 'playbooks', 'small_baskets.yaml'), playbook);
    await writeFile(join(overlay, 'calendars', 'inventory_days.yaml'), calendar);
    return loadDefinitions([overlay]);
  };

  it('needs no TypeScript', async () => {
    const definitions = await lookFor('dimension: region\nmembers: [Berlin]')();
    expect(definitions.thresholds.get('aov_low')).toMatchObject({ dimension: 'region', members: ['Berlin'] });
  });

  it.each([
    ['dimension: product', /cancel_rate is not told by "product"; its dimensions: region/],
    ['dimension: region\ngrain: week', /members have daily figures only/],
    ['members: [Berlin]', /members belong to a dimension/],
  ])('%s is refused', async (scope, message) => {
    await expect(lookFor(scope)).rejects.toThrow(message);
  });
});

describe('schema of a threshold', () => {
  const marked =
    (marks: object, side = 'below') =>
    () =>
      lowRule({ marks, side });

  it('wants marks in order, on the good side of each other', () => {
    expect(marked({ warning: 20, critical: 25 })).toThrow(
      /warning \(20\) must lie on the good side of critical \(25\)/,
    );
    expect(marked({ warning: 20, critical: 25 }, 'above')).not.toThrow();
    expect(marked({ warning: 20, approach: 25, recover: 22 })).toThrow(
      /recover \(22\) must lie on the good side of approach/,
    );
  });

  it('checks the marks of single channels together with what they leave out', () => {
    expect(() => lowRule({ marks: { warning: 20, approach: 25 }, marks_by_channel: { jd: { warning: 26 } } })).toThrow(
      /approach \(25\) must lie on the good side of warning \(26\)/,
    );
  });

  it('wants later versions to begin later', () => {
    const first = lowRule();
    const versions = [first.versions[0], { ...first.versions[0], version: 2 }];
    expect(() => threshold.parse({ ...first, versions })).toThrow(/a later version needs/);
  });
});
