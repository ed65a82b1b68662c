// The product's evaluation of one release, on one core. Arguments: lake, release file.
import { readFileSync } from 'node:fs';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import type { Release } from '../../pipelines/domain/release.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { evaluateThresholds } from '../../pipelines/steps/evaluate-thresholds.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { ruleWith } from '../domain/alerting/rules.ts';
import { printCost } from './measured-process.ts';

const [folder = '', releaseFile = ''] = process.argv.slice(2);
const guarded = {
  side: 'below',
  marks: { critical: 0.015, warning: 0.02, approach: 0.0225, recover: 0.027 },
  recover_after: 3,
};
const rules = [
  ruleWith(
    { ...guarded, kind: 'fixed', minimum_sample: 200, evidence: { up_to: 21, deviations: 3 } },
    { threshold: 'fixed' },
  ),
  ruleWith(
    {
      kind: 'same_weekday',
      weeks: 6,
      side: 'below',
      marks: { critical: 0.3, warning: 0.45, approach: 0.5, recover: 0.65 },
    },
    { threshold: 'weekday' },
  ),
  ruleWith(
    { kind: 'anomaly', weeks: 4, side: 'both', marks: { critical: 14, warning: 12, approach: 10, recover: 3 } },
    { threshold: 'anomaly' },
  ),
];
const catalog = loadDefinitions();
const definitions = { ...catalog, thresholds: new Map(rules.map((rule) => [rule.threshold, rule])) };
const release: Release = JSON.parse(readFileSync(releaseFile, 'utf8'));
const lake = createFolderLake(folder);
const kpiDaily = catalog.models.get('kpi_daily');
const session = await createDuckDbWarehouse(lake, { threads: 1 }).openRelease(release, {
  datasets: [],
  models: kpiDaily === undefined ? [] : [kpiDaily],
});
const [started, used] = [performance.now(), process.cpuUsage()];
const { warnings } = await evaluateThresholds(
  {},
  { lake, session, definitions, now: () => new Date(`${release.as_of}T23:00:00Z`) },
);
const cpu = process.cpuUsage(used);
const seconds = (performance.now() - started) / 1000;
await session.close();
const states = warnings.filter(({ rule }) => rule !== 'overdue_review').length;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, warnings: states })}\n`);
printCost();
