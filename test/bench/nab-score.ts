// The scoring of the Numenta Anomaly Benchmark from its published description (Lavin and Ahmad, 2015).

/** One series with a score per point, and its labelled windows as indexes, both ends included. */
export interface ScoredSeries {
  readonly scores: readonly number[];
  readonly windows: readonly (readonly [number, number])[];
}

export interface CostProfile {
  readonly tpWeight: number;
  readonly fpWeight: number;
  readonly fnWeight: number;
}

export interface NabResult {
  /** 0: a detector that never raises; 100: one that raises at the start of every window and nowhere else. */
  readonly score: number;
  /** The one threshold for all series that serves best. */
  readonly threshold: number;
}

/** Points at the beginning that are not judged: 15 %, at most 750. */
export function probation(points: number): number {
  return Math.min(Math.floor(0.15 * points), 750);
}

/** What one point adds when it is raised: to a window (only the best counts there), or as a false alarm. */
interface Alarm {
  readonly score: number;
  readonly window: string | null;
  readonly gain: number;
}

/** The best score that any single threshold reaches. */
export function nabScore(series: readonly ScoredSeries[], profile: CostProfile): NabResult {
  const alarms = series.flatMap((one, index) => alarmsOf(one, index, profile)).sort((a, b) => b.score - a.score);
  const count = series.reduce((sum, { windows }) => sum + windows.length, 0);
  const best = new Map<string, number>();
  const nothing = -profile.fnWeight * count;
  let raw = nothing;
  let top = { raw: nothing, threshold: Number.POSITIVE_INFINITY };
  for (const [index, { score, window, gain }] of alarms.entries()) {
    if (window === null) raw += gain;
    else {
      const before = best.get(window) ?? -profile.fnWeight;
      best.set(window, Math.max(before, gain));
      raw += Math.max(before, gain) - before;
    }
    // Equal scores stand or fall together.
    if (alarms[index + 1]?.score !== score && raw > top.raw) top = { raw, threshold: score };
  }
  return { score: (100 * (top.raw - nothing)) / (profile.tpWeight * count - nothing), threshold: top.threshold };
}

function alarmsOf({ scores, windows }: ScoredSeries, index: number, profile: CostProfile): Alarm[] {
  const alarms: Alarm[] = [];
  for (let point = probation(scores.length); point < scores.length; point++) {
    const score = scores[point] ?? 0;
    if (score <= 0) continue;
    const inside = windows.findIndex(([from, to]) => from <= point && point <= to);
    const window = windows[inside];
    if (window === undefined) alarms.push({ score, window: null, gain: falseAlarm(point, windows) * profile.fpWeight });
    else alarms.push({ score, window: `${index} ${inside}`, gain: hit(point, window) * profile.tpWeight });
  }
  return alarms;
}

/** 1 at the start of the window, near 0 at its end. */
function hit(point: number, [from, to]: readonly [number, number]): number {
  const length = to - from + 1;
  return scaledSigmoid(-(to - point + 1) / length) / scaledSigmoid(-1);
}

/** Costs little shortly after a window, and 1 far from any. */
function falseAlarm(point: number, windows: ScoredSeries['windows']): number {
  const before = windows.findLast(([, to]) => to < point);
  if (before === undefined) return -1;
  const [from, to] = before;
  return scaledSigmoid((point - to) / Math.max(1, to - from));
}

function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
