// Side by side with plain DuckDB in one run. Usage: npm run bench [-- ingest|build] [lines] [repeats]
import { availableParallelism, cpus, totalmem } from 'node:os';
import { benchIngest, type IngestFigure } from './ingest.ts';

const [what = 'all', lines = '5000000', repeats = '3'] = process.argv.slice(2);

console.log(
  `machine: ${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
if (what === 'all' || what === 'ingest') {
  console.log(
    `\ningest, ${Number(lines).toLocaleString('en')} lines; the ratio is product / plain DuckDB, medians of ${repeats}`,
  );
  console.table((await benchIngest(Number(lines), Number(repeats))).map(ingestRow));
}

function ingestRow(figure: IngestFigure) {
  return {
    file: figure.name,
    MB: figure.megabytes,
    'plain s': figure.plain.seconds.toFixed(2),
    'product s': figure.product.seconds.toFixed(2),
    ratio: figure.ratio.toFixed(2),
    goal: `≤ ${figure.goal}`,
    'plain MiB': figure.plain.peakMegabytes,
    'product MiB': figure.product.peakMegabytes,
  };
}
