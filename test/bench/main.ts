// Side by side with plain DuckDB in one run. Usage: npm run bench [-- ingest|tolerant|erased|build] [lines] [repeats], or npm run bench -- evaluate [series,…] [repeats].
// Large histories: TIDEMARK_BENCH_LAKES=DIR keeps them for the next run, TIDEMARK_BENCH_PLAIN=no leaves plain DuckDB's builds out.
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type BuildFigure, benchBuild } from './build.ts';
import { benchErased } from './erased.ts';
import { benchEvaluate, type EvaluateFigure } from './evaluate.ts';
import { benchIngest, benchTolerant, type IngestFigure, type TolerantFigure } from './ingest.ts';
import type { Measured } from './measured-process.ts';

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
if (what === 'all' || what === 'ingest' || what === 'tolerant') {
  console.log('\ningest of text that has to be mended, by processor time, start included');
  console.table((await benchTolerant(Number(lines))).map(tolerantRow));
}

if (what === 'all' || what === 'erased') {
  console.log('\ningest once somebody was erased, by processor time (goal ≤ 1.15 × as much as before)');
  const figures = await benchErased(Number(lines));
  console.table(
    figures.map(({ name, nobody, somebody }) => ({
      file: name,
      'before, s': nobody.cpuSeconds.toFixed(2),
      'after, s': somebody.cpuSeconds.toFixed(2),
      ratio: (somebody.cpuSeconds / nobody.cpuSeconds).toFixed(2),
      'peak MiB': somebody.peakMegabytes,
    })),
  );
}

if (what === 'all' || what === 'build') {
  const large = Number(lines) * 10;
  const months = 36;
  // Both have the same customers. Into the larger one comes a day of its own size, and the day of the smaller one.
  const [customers, day] = [Number(lines) / 10, Math.round(Number(lines) / (months * 30.4))];
  const limit = process.env['TIDEMARK_MEMORY_LIMIT'] ?? '80 % of the machine';
  console.log(
    `\nbuild, three years of history; ratios against plain DuckDB and the full build; engines may hold ${limit}`,
  );
  const figures: BuildFigure[] = [];
  const wish = { repeats: Number(repeats), withPlain: process.env['TIDEMARK_BENCH_PLAIN'] !== 'no' };
  // The large history ten times as dense as the small one, and nine times as long as the short one.
  const short = Math.round((large * 4) / months);
  for (const [size, span, dayLines] of [
    [Number(lines), months, [day]],
    [short, 4, [day * 10]],
    [large, months, [day * 10, day]],
  ] as const) {
    const figure = await benchBuild({ lines: size, months: span, customers }, { ...wish, dayLines });
    figures.push(figure);
    console.table([buildRow(figure)]);
  }
  const [small, brief, big] = figures.map(({ nextDays }) => nextDays);
  printGrowth(`a day of ${day.toLocaleString('en')} lines, history ten times as dense`, small?.[0], big?.[1]);
  printGrowth(`a day of ${(day * 10).toLocaleString('en')} lines, history nine times as long`, brief?.[0], big?.[0]);
}

if (what === 'all' || what === 'evaluate') {
  const sizes = what === 'evaluate' && process.argv[3] !== undefined ? lines.split(',') : ['1000', '10000', '100000'];
  console.log(
    '\nevaluate, three rules on each series, on one core: four months at once, and one more day (10,000: ≤ 2 s)',
  );
  const figures: EvaluateFigure[] = [];
  for (const size of sizes) figures.push(await benchEvaluate(Number(size), Number(repeats)));
  console.table(figures.map(evaluateRow));
  for (const [index, { series, nextDay, first }] of figures.entries()) {
    const before = figures[index - 1];
    if (before === undefined) continue;
    const times = (of: (figure: EvaluateFigure) => number, now: number) => (now / of(before)).toFixed(1);
    console.log(
      `${(series / before.series).toFixed(0)} × the series: ${times((one) => one.nextDay.cpuSeconds, nextDay.cpuSeconds)} × the CPU of a day, ${times((one) => one.first.cpuSeconds, first.cpuSeconds)} × that of the first evaluation`,
    );
  }
}

function printGrowth(what: string, small: Measured | undefined, large: Measured | undefined): void {
  if (!small || !large) return;
  const [wall, cpu] = [large.seconds / small.seconds, large.cpuSeconds / small.cpuSeconds];
  const seconds = `${small.cpuSeconds.toFixed(2)} → ${large.cpuSeconds.toFixed(2)} s`;
  console.log(
    `${what}: ${wall.toFixed(2)} × (goal ≤ 1.3), of CPU ${cpu.toFixed(2)} × (${seconds}), peak ${large.peakMegabytes} MiB`,
  );
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

function tolerantRow({ name, megabytes, product, clean }: TolerantFigure) {
  return {
    text: name,
    MB: megabytes.toFixed(0),
    'MB/s per core (≥ 25)': (megabytes / product.cpuSeconds).toFixed(1),
    'the same text clean': (megabytes / clean.cpuSeconds).toFixed(1),
    'mending alone, MB/s': (megabytes / Math.max(0.01, product.cpuSeconds - clean.cpuSeconds)).toFixed(0),
    'peak MiB (≤ 600)': product.peakMegabytes,
  };
}

function buildRow({ lines: size, plain, full, nextDays }: BuildFigure) {
  const [nextDay = full] = nextDays;
  return {
    lines: size.toLocaleString('en'),
    'plain s': plain?.seconds.toFixed(2),
    'full s': full.seconds.toFixed(2),
    'full CPU s': full.cpuSeconds.toFixed(2),
    'full / plain (≤ 1.3)': plain && (full.seconds / plain.seconds).toFixed(2),
    'ratio of CPU': plain && (full.cpuSeconds / plain.cpuSeconds).toFixed(2),
    'next day s': nextDay.seconds.toFixed(2),
    'next day CPU s': nextDay.cpuSeconds.toFixed(2),
    'next day / full (≤ 0.10)': (nextDay.seconds / full.seconds).toFixed(3),
    'next day of CPU': (nextDay.cpuSeconds / full.cpuSeconds).toFixed(3),
    'plain MiB': plain?.peakMegabytes,
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
