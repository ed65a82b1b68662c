// The Numenta Anomaly Benchmark. Usage: npm run bench:nab -- DIR
// DIR holds data/, labels/combined_windows.json and config/profiles.json as the benchmark has them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nabScores } from './nab-detector.ts';
import { ruleScores } from './nab-rule.ts';
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

interface LabelledSeries {
  readonly values: readonly number[];
  readonly windows: ScoredSeries['windows'];
  /** The detector's choices were made on half A. */
  readonly half: 'A' | 'B';
}

function labelled(file: string, windows: readonly [string, string][]): LabelledSeries {
  const rows = text(`data/${file}`).trim().split('\n').slice(1);
  const times = rows.map(instant);
  const values = rows.map((row) => Number(row.slice(row.indexOf(',') + 1)));
  const indexes = windows.map(
    ([from, to]) =>
      [times.findIndex((time) => time >= instant(from)), times.findLastIndex((time) => time <= instant(to))] as const,
  );
  const isEven = (createHash('sha256').update(file).digest()[0] ?? 0) % 2 === 0;
  return { values, windows: indexes, half: isEven ? 'A' : 'B' };
}

const series = Object.entries(labels).map(([file, windows]) => labelled(file, windows));

type Scored = readonly (LabelledSeries & ScoredSeries)[];
const scoredBy = (detector: (values: readonly number[]) => number[]): Scored =>
  series.map((one) => ({ ...one, scores: detector(one.values) }));

/** Scores on both halves and on all; one threshold serves all series of a set. */
function scoresOf(scored: Scored, profile: CostProfile) {
  const on = (those: Scored) => nabScore(those, profile).score;
  return {
    A: on(scored.filter(({ half }) => half === 'A')),
    B: on(scored.filter(({ half }) => half === 'B')),
    all: on(scored),
  };
}

const told = (name: string, { A, B, all }: ReturnType<typeof scoresOf>) =>
  console.log(`${name}: all ${all.toFixed(1)}, half A ${A.toFixed(1)}, half B ${B.toFixed(1)}`);
const standard = profiles['standard']?.CostMatrix;
if (standard === undefined) throw new Error('config/profiles.json has no standard profile');
const stream = scoredBy(nabScores);
for (const [profile, { CostMatrix }] of Object.entries(profiles)) {
  told(`stream detector of this benchmark, ${profile}`, scoresOf(stream, CostMatrix));
}
told("the product's learnt rule, standard", scoresOf(scoredBy(ruleScores), standard));
console.log('published, standard profile:', JSON.stringify(published));
const { A, B, all } = scoresOf(stream, standard);
const isMet = all > goal && B > goal;
console.log(
  `goal: above ${goal} on the standard profile, by the half that nothing was chosen on as well: ${isMet ? 'met' : 'missed'}`,
  `(all ${all.toFixed(1)}, chosen on A ${A.toFixed(1)}, not seen B ${B.toFixed(1)})`,
);
if (!isMet) process.exitCode = 1;
