// Side by side with plain DuckDB in one run. Usage: npm run bench [-- ingest|build] [lines] [repeats], or npm run bench -- evaluate [series,…] [repeats]
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type BuildFigure, benchBuild } from './build.ts';
import { benchEvaluate, type EvaluateFigure } from './evaluate.ts';
import { benchIngest, benchTolerant, type IngestFigure } from './ingest.ts';

const [what = 'all', lines = '5000000', repeats = '3'] = process.argv.slice(2);

console.log(
  `machine: ${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
if (what === 'all' || what === 'ingest') {
  console.log(
    `\ningest, ${Number(lines).toLocaleString('en')} lines; the ratio is product / plain DuckDB, medians of ${repeats}`,
  );
  console.table((await benchIngest(Number(lines), Number(repeats))).map(ingestRow));
  const tolerant = await benchTolerant(Number(lines));
  if (tolerant) {
    const { cpuSeconds, peakMegabytes } = tolerant.product;
    const speed = (tolerant.megabytes / cpuSeconds).toFixed(1);
    console.log(`tolerant parser: ${speed} MB/s per core (goal ≥ 25), peak ${peakMegabytes} MiB (goal ≤ 600)`);
  }
}

if (what === 'all' || what === 'build') {
  const large = Number(lines) * 10;
  const months = 36;
  // The same day comes into both, and both have the same customers.
  const same = { months, customers: Number(lines) / 10, dayLines: Math.round(Number(lines) / (months * 30.4)) };
  console.log(`\nbuild, three years of history; ratios against plain DuckDB, the full build and the smaller history`);
  const figures: BuildFigure[] = [];
  for (const size of [Number(lines), large]) {
    figures.push(await benchBuild({ lines: size, ...same }, Number(repeats)));
  }
  console.table(figures.map(buildRow));
  const [small, big] = figures;
  if (small && big) {
    console.log(
      `one new day, history ten times as large: ${(big.nextDay.seconds / small.nextDay.seconds).toFixed(2)} × (goal ≤ 1.3), of CPU ${(big.nextDay.cpuSeconds / small.nextDay.cpuSeconds).toFixed(2)} ×`,
    );
  }
}

if (what === 'all' || what === 'evaluate') {
  const sizes = what === 'evaluate' && process.argv[3] !== undefined ? lines.split(',') : ['1000', '10000', '100000'];
  console.log(
    '\nevaluate, three rules on each series, on one core: four months at once, and one more day (10,000: ≤ 2 s)',
  );
  const figures: EvaluateFigure[] = [];
  for (const size of sizes) figures.push(await benchEvaluate(Number(size), Number(repeats)));
  console.table(figures.map(evaluateRow));
}

function evaluateRow({ series, first, nextDay }: EvaluateFigure) {
  return {
    series: series.toLocaleString('en'),
    'first CPU s': first.cpuSeconds.toFixed(2),
    'next day CPU s': nextDay.cpuSeconds.toFixed(2),
    'µs per series and rule': ((nextDay.cpuSeconds * 1e6) / series / 3).toFixed(0),
    warnings: first.warnings + nextDay.warnings,
    'first MiB': first.peakMegabytes,
    'next day MiB': nextDay.peakMegabytes,
  };
}

function buildRow({ lines: size, plain, full, nextDay }: BuildFigure) {
  return {
    lines: size.toLocaleString('en'),
    'plain s': plain.seconds.toFixed(2),
    'full s': full.seconds.toFixed(2),
    'full / plain (≤ 1.3)': (full.seconds / plain.seconds).toFixed(2),
    'ratio of CPU': (full.cpuSeconds / plain.cpuSeconds).toFixed(2),
    'next day s': nextDay.seconds.toFixed(2),
    'next day / full (≤ 0.10)': (nextDay.seconds / full.seconds).toFixed(2),
    'next day of CPU': (nextDay.cpuSeconds / full.cpuSeconds).toFixed(2),
    'plain MiB': plain.peakMegabytes,
    'full MiB': full.peakMegabytes,
    'next day MiB': nextDay.peakMegabytes,
  };
}

function ingestRow(figure: IngestFigure) {
  return {
    file: figure.name,
    MB: figure.megabytes,
    'plain s': figure.plain.seconds.toFixed(2),
    'product s': figure.product.seconds.toFixed(2),
    ratio: figure.ratio.toFixed(2),
    // What other work on the machine does not change much.
    'ratio of CPU': (figure.product.cpuSeconds / figure.plain.cpuSeconds).toFixed(2),
    goal: `≤ ${figure.goal}`,
    'plain MiB': figure.plain.peakMegabytes,
    'product MiB (≤ 600)': figure.product.peakMegabytes,
    'dlt s': figure.dlt?.seconds.toFixed(2),
    'dlt CPU / product': figure.dlt && (figure.dlt.cpuSeconds / figure.product.cpuSeconds).toFixed(2),
  };
}
