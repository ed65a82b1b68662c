import type { Series } from './series.ts';

export interface EvidenceGuard {
  readonly up_to: number;
  readonly deviations: number;
}

export interface EvidenceQuestion {
  readonly series: Series;
  readonly index: number;
  /** +1 where high values are bad, −1 where low ones are. */
  readonly badSide: 1 | -1;
  readonly mark: number;
  readonly recover: number;
  readonly minimumSample: number;
  /** So many periods together past the recovery mark are a recovery. */
  readonly recoverAfter: number;
}

/**
 * True where the newest 1, 2 … `up_to` periods together lie past the mark and so far past the recovery mark that chance
 * does not explain it: a score test on summed counts. Periods without a value are left out, not counted as zero. What lay
 * before a recovery is no evidence any more: the trouble that it speaks of is over.
 */
export function isBeyondChance(guard: EvidenceGuard, question: EvidenceQuestion): boolean {
  const { series, badSide, mark, recover } = question;
  const rate = recover / series.scale;
  let numerator = 0;
  let denominator = 0;
  for (let back = 0; back < guard.up_to; back++) {
    if (back > 0 && hadRecovered(question, question.index - back)) return false;
    const counts = countsAt(series, question.index - back);
    if (counts === undefined) continue;
    numerator += counts.numerator;
    denominator += counts.denominator;
    if (denominator < question.minimumSample) continue;
    const pooled = numerator / denominator;
    if (badSide * (pooled * series.scale - mark) < 0) continue;
    const error = Math.sqrt((rate * (1 - rate)) / denominator);
    if (badSide * (pooled - rate) >= guard.deviations * error) return true;
  }
  return false;
}

function hadRecovered({ series, badSide, recover, recoverAfter }: EvidenceQuestion, index: number): boolean {
  const together = pooledValue(series, index, recoverAfter);
  return together !== null && badSide * (together - recover) <= 0;
}

/** Value of the newest `periods` periods together, or null where they have no denominator. */
export function pooledValue(series: Series, index: number, periods: number): number | null {
  let numerator = 0;
  let denominator = 0;
  for (let back = 0; back < periods; back++) {
    const counts = countsAt(series, index - back);
    numerator += counts?.numerator ?? 0;
    denominator += counts?.denominator ?? 0;
  }
  return denominator > 0 ? (series.scale * numerator) / denominator : null;
}

/** What a complete period counted; undefined where it has no value. */
function countsAt(series: Series, index: number): { numerator: number; denominator: number } | undefined {
  const observation = series.observations[index];
  if (!observation?.complete || observation.numerator === null || !observation.denominator) return undefined;
  return { numerator: observation.numerator, denominator: observation.denominator };
}
