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
}

/**
 * True where the newest 1, 2 … `up_to` periods together lie past the mark and so far past the recovery mark that chance
 * does not explain it: a score test on summed counts. Periods without a value are left out, not counted as zero.
 */
export function isBeyondChance(guard: EvidenceGuard, question: EvidenceQuestion): boolean {
  const { series, badSide, mark, recover } = question;
  const rate = recover / series.scale;
  let numerator = 0;
  let denominator = 0;
  for (let back = 0; back < guard.up_to; back++) {
    const observation = series.observations[question.index - back];
    if (!observation?.complete || observation.numerator === null || !observation.denominator) continue;
    numerator += observation.numerator;
    denominator += observation.denominator;
    if (denominator < question.minimumSample) continue;
    const pooled = numerator / denominator;
    if (badSide * (pooled * series.scale - mark) < 0) continue;
    const error = Math.sqrt((rate * (1 - rate)) / denominator);
    if (badSide * (pooled - rate) >= guard.deviations * error) return true;
  }
  return false;
}

/** Value of the newest `periods` periods together, or null where they have no denominator. */
export function pooledValue(series: Series, index: number, periods: number): number | null {
  let numerator = 0;
  let denominator = 0;
  for (let back = 0; back < periods; back++) {
    const observation = series.observations[index - back];
    if (!observation?.complete || observation.numerator === null || !observation.denominator) continue;
    numerator += observation.numerator;
    denominator += observation.denominator;
  }
  return denominator > 0 ? (series.scale * numerator) / denominator : null;
}
