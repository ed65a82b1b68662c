import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { faultyLake } from '../fixtures/faulty-lake.ts';
import { orderDefinitions } from '../fixtures/shop-world.ts';

// A build in a process of its own, which dies without a word at its n-th write to the lake. Prints the release otherwise.
const [folder = '', at = '0', when = 'before'] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
const lake = faultyLake(createFolderLake(folder), { at: Number(at), when: when === 'after' ? 'after' : 'before' }, die);
const report = await buildModels({
  lake,
  builder: createDuckDbWarehouse(lake, { threads: 1 }),
  definitions: orderDefinitions(),
  settings: { reportingCurrency: 'CNY', largeChange: Number.POSITIVE_INFINITY },
  now: () => new Date('2024-07-02T00:00:00Z'),
});
process.stdout.write(report.release);
