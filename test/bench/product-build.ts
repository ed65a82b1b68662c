// The product's build of a lake, as `tidemark build` does it. Arguments: lake, "full" or "changed".
import { compose } from '../../pipelines/compose.ts';
import { printCost } from './measured-process.ts';

const [lake = '', extent = 'changed'] = process.argv.slice(2);
const limit = process.env['TIDEMARK_MEMORY_LIMIT'];
const tidemark = compose({
  lake,
  catalogs: [],
  engine: 'duckdb',
  language: 'en',
  reportingCurrency: 'USD',
  ...(limit !== undefined && { memoryLimit: limit }),
  now: () => new Date(),
});
const report = await tidemark.build({ full: extent === 'full' }, (model) => {
  if (process.env['TIDEMARK_BENCH_MODELS'])
    process.stdout.write(`${Math.round(performance.now())} ${model.model} ${model.built} ${model.because}\n`);
});
process.stdout.write(`${report.release}\n`);
printCost();
