// The Numenta Anomaly Benchmark. Usage: npm run bench:nab -- DIR
// DIR holds data/, labels/combined_windows.json and config/profiles.json as the benchmark has them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nabScores } from './nab-detector.ts';
import { type CostProfile, nabScore, type ScoredSeries } from './nab-score.ts';

/** Scores that the benchmark's authors publish, standard profile. */
const published = { HTM: 70.5, 'Random Cut Forest': 51.7, 'Twitter ADVec': 47.1, 'Windowed Gaussian': 39.6, null: 0 };
const goal = published['Random Cut Forest'];

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npm run bench:nab -- DIR');
  process.exit(2);
}

const text = (path: string) => readFileSync(join(folder, path), 'utf8');
const labels = JSON.parse(text('labels/combined_windows.json')) as Record<string, [string, string][]>;
const profiles = JSON.parse(text('config/profiles.json')) as Record<string, { CostMatrix: CostProfile }>;

const instant = (time: string) => Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);

function scored(file: string, windows: readonly [string, string][]): ScoredSeries {
  const rows = text(`data/${file}`).trim().split('\n').slice(1);
  const times = rows.map(instant);
  const values = rows.map((row) => Number(row.slice(row.indexOf(',') + 1)));
  const indexes = windows.map(
    ([from, to]) =>
      [times.findIndex((time) => time >= instant(from)), times.findLastIndex((time) => time <= instant(to))] as const,
  );
  return { scores: nabScores(values), windows: indexes };
}

const series = Object.entries(labels).map(([file, windows]) => scored(file, windows));
const results = Object.entries(profiles).map(([profile, { CostMatrix }]) => ({
  profile,
  ...nabScore(series, CostMatrix),
}));
for (const { profile, score, threshold } of results) {
  console.log(`${profile}: ${score.toFixed(1)} (one threshold for all series: ${threshold.toFixed(3)})`);
}
console.log('published, standard profile:', JSON.stringify(published));
const standard = results.find(({ profile }) => profile === 'standard')?.score ?? 0;
console.log(`goal: above ${goal} on the standard profile: ${standard > goal ? 'met' : 'missed'}`);
if (standard <= goal) process.exitCode = 1;
