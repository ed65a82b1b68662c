import type { Expected } from './expected-day.ts';
import type { Counted } from './history.ts';
import { root } from './usual.ts';

/** Some periods together: what was counted, what was expected, and how far such sums stray. */
export interface CountedSum {
  readonly periods: number;
  readonly amount: number;
  readonly expected: number;
  readonly size: number;
  /** Variance of what strays by itself, and standard deviation of what strays together. */
  readonly own: number;
  readonly shared: number;
}

export const nothingCounted: CountedSum = { periods: 0, amount: 0, expected: 0, size: 0, own: 0, shared: 0 };

export function plusPeriod(sum: CountedSum, counted: Counted, usual: Expected): CountedSum {
  const expected = usual.value * counted.size;
  return {
    periods: sum.periods + 1,
    amount: sum.amount + counted.amount,
    expected: sum.expected + expected,
    size: sum.size + counted.size,
    own: sum.own + usual.scatter * expected ** 2,
    shared: sum.shared + Math.sqrt(usual.drift) * expected,
  };
}

/** Standard deviation of the amount: over-dispersed counts stray by chance, by a share of their size, and together. */
export function deviationOf({ expected, own, shared }: CountedSum): number {
  return Math.sqrt(expected + own + shared ** 2);
}

/** Deviations between what was counted and what was expected; negative below. */
export function distanceOf(sum: CountedSum): number {
  return (2 * (root(sum.amount) - root(sum.expected)) * Math.sqrt(sum.expected)) / deviationOf(sum);
}

/** The amount that lies so many deviations away. */
export function amountAt(sum: CountedSum, deviations: number): number {
  const at = root(sum.expected) + (deviations * deviationOf(sum)) / (2 * Math.sqrt(sum.expected));
  return Math.max(0, Math.max(0, at) ** 2 - 0.375);
}
