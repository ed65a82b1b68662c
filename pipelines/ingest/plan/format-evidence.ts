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

  decide(): FormatDecision {
    const alive = new Set(this.#formats.flatMap((_, at) => ((this.#counts[at] ?? 0) > 0 ? [at] : [])));
    for (const [at, [a, b]] of formatPairs(this.#formats.length).entries()) {
      if (!alive.has(a) || !alive.has(b)) continue;
      const [onlyA = 0, onlyB = 0, differ = 0] = this.#counts.slice(this.#formats.length + at * 3);
      if (onlyB === 0 && (onlyA > 0 || differ === 0)) alive.delete(b);
      else if (onlyA === 0 && onlyB > 0) alive.delete(a);
      else if (differ > 0) return this.#undecided(a, b, onlyA > 0 ? 'mixed_dates' : 'ambiguous_date');
    }
    const chosen = this.#formats.filter((_, at) => alive.has(at));
    return { kind: 'decided', formats: chosen.length > 0 ? chosen : this.#formats.slice(0, 1) };
  }

  #undecided(a: number, b: number, reason: 'ambiguous_date' | 'mixed_dates'): FormatDecision {
    return { kind: 'undecided', reason, between: [this.#formats[a] ?? '', this.#formats[b] ?? ''] };
  }
}
