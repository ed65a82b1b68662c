// The functions as they are deployed. Usage: npm run bench:aws [-- all|functions|latency] [drops] [rows]
import { availableParallelism, cpus, loadavg } from 'node:os';
import { benchFunctions, type FunctionFigure } from './functions.ts';
import { benchLatency } from './latency.ts';

const [what = 'all', drops = '30', rows = '10000'] = process.argv.slice(2);
const goalSeconds = 10;
const load = () => loadavg()[0]?.toFixed(1);

console.log(
  `machine: ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load ${load()}, Node ${process.version}; ${rows} rows a file`,
);
if (what === 'all' || what === 'functions') {
  console.log('\nreal bundles behind a Lambda Runtime API, S3 emulated; cold: from the start of the process');
  console.table((await benchFunctions(Number(rows), 5)).map(functionRow));
}
if (what === 'all' || what === 'latency') {
  const seconds = (await benchLatency(Number(drops), Number(rows))).toSorted((a, b) => a - b);
  const share = (part: number) => (seconds[Math.ceil(seconds.length * part) - 1] ?? Number.NaN).toFixed(1);
  console.log(
    `\nfile dropped → warning received, ${seconds.length} drops, warm: median ${share(0.5)} s, p95 ${share(0.95)} s (goal ≤ ${goalSeconds}), longest ${share(1)} s; load ${load()}`,
  );
}

function functionRow({
  name,
  megabytes,
  readySeconds,
  firstAnswerSeconds,
  warmSeconds,
  warmCpuSeconds,
  requests,
}: FunctionFigure) {
  return {
    function: name,
    'unzipped MB': megabytes.toFixed(1),
    'cold: loaded s': readySeconds.toFixed(2),
    'cold: first answer s': firstAnswerSeconds.toFixed(2),
    'warm s': warmSeconds.toFixed(2),
    'warm CPU s': warmCpuSeconds.toFixed(2),
    ...requests,
  };
}
