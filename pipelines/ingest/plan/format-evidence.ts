import { formatPairs } from '../sql/format-sql.ts';

export type FormatDecision =
  | { readonly kind: 'decided'; readonly formats: readonly string[] }
  | {
      readonly kind: 'undecided';
      readonly reason: 'ambiguous_date' | 'mixed_dates';
      readonly between: readonly [string, string];
    };

/**
 * What a whole column says about its date format. 03/04 alone says nothing; one 25/04 anywhere decides the column, and
 * where both 25/04 and 04/25 occur nothing can be trusted.
 */
export class FormatEvidence {
  readonly #formats: readonly string[];
  #counts: number[] = [];

  constructor(formats: readonly string[]) {
    this.#formats = formats;
  }

  /** Adds the counts of one chunk, in the order of `formatCounts`. */
  add(counts: readonly number[]): void {
    this.#counts = counts.map((count, at) => count + (this.#counts[at] ?? 0));
  }

  /**
   * The one format that read anything, or undefined. If every other cell of the file can be read in it too, the whole column
   * decides the same: some cells speak for it alone, and none against it.
   */
  get onlyAlive(): string | undefined {
    const alive = this.#formats.filter((_, at) => (this.#counts[at] ?? 0) > 0);
    return alive.length === 1 ? alive[0] : undefined;
  }

  decide(): FormatDecision {
    const alive = new Set(this.#formats.flatMap((_, at) => ((this.#counts[at] ?? 0) > 0 ? [at] : [])));
    for (const [at, [a, b]] of formatPairs(this.#formats.length).entries()) {
      if (!alive.has(a) || !alive.has(b)) continue;
      const verdict = verdictOn(this.#counts.slice(this.#formats.length + at * 3));
      if (verdict === 'first') alive.delete(b);
      else if (verdict === 'second') alive.delete(a);
      else if (verdict !== 'both') return this.#undecided(a, b, verdict);
    }
    const chosen = this.#formats.filter((_, at) => alive.has(at));
    return { kind: 'decided', formats: chosen.length > 0 ? chosen : this.#formats.slice(0, 1) };
  }

  #undecided(a: number, b: number, reason: 'ambiguous_date' | 'mixed_dates'): FormatDecision {
    return { kind: 'undecided', reason, between: [this.#formats[a] ?? '', this.#formats[b] ?? ''] };
  }
}

/** Which of two formats cells speak for: those that only one of them can read, and those that they read differently. */
function verdictOn(counts: readonly number[]): 'first' | 'second' | 'both' | 'mixed_dates' | 'ambiguous_date' {
  const [onlyFirst = 0, onlySecond = 0, differ = 0] = counts;
  if (onlySecond === 0 && (onlyFirst > 0 || differ === 0)) return 'first';
  if (onlyFirst === 0 && onlySecond > 0) return 'second';
  if (differ === 0) return 'both';
  return onlyFirst > 0 ? 'mixed_dates' : 'ambiguous_date';
}
