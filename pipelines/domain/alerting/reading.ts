import type { Severity } from './warning.ts';

export type Level = 'clear' | Severity;

/** Why a period was not judged. Each has another cause and another cure. */
export type UnjudgedReason =
  /** The source has not delivered yet, and is not late enough to say that data are missing. */
  | 'late'
  /** No row at all, or one that never became complete. */
  | 'missing_data'
  /** The denominator's source is missing (traffic gone while orders go on). */
  | 'missing_denominator'
  /** Nothing happened that could be divided by. */
  | 'zero_denominator'
  | 'small_sample'
  /** The calendar says that the day is unlike others. */
  | 'exempt_day'
  /** The channel's clock leaps over the hour, or shows it twice. */
  | 'clock_change'
  /** Too little history to say what is usual. */
  | 'no_yardstick'
  /** A festival day, and last year's is not known. */
  | 'no_festival_yardstick'
  /** The member is none of those that are told by name. */
  | 'not_named'
  | 'not_effective'
  /** The figure still rises, and is not past its mark yet. */
  | 'not_ripe'
  /** A presence rule expects nothing: no business, or data were never usual. */
  | 'nothing_expected';

/** What a learnt expectation goes by. */
export type Yardstick = 'usual' | 'festival';

/** Some periods in a row, weighed as one. */
export interface Together {
  readonly periods: number;
  /** What they come to, as a share of what was expected of them. */
  readonly share: number;
}

/** What one period says when it is looked at by itself. */
export type Reading =
  | {
      readonly kind: 'judged';
      readonly level: Level;
      /** Good enough to count towards recovery. */
      readonly beyondRecovery: boolean;
      readonly value: number | null;
      /** The mark that was reached, else the warning mark, in the KPI's unit. */
      readonly mark: number | null;
      readonly expected: number | null;
      /** How far usual periods stray from what is expected; 0: unknown. */
      readonly spread?: number;
      readonly yardstick?: Yardstick;
      /** On which side of what is usual the trouble lies, for rules that look at both. */
      readonly side?: 1 | -1;
      /** First of the periods that it took to tell. */
      readonly began?: string;
      /** The newest periods weighed together, where it took more than one. */
      readonly together?: Together;
      /** Why the level is not higher. */
      readonly reason:
        | 'past_mark'
        | 'near_mark'
        | 'inside_marks'
        | 'within_chance'
        | 'below_floor'
        | 'present'
        | 'absent';
    }
  | { readonly kind: 'unjudged'; readonly reason: UnjudgedReason }
  | { readonly kind: 'error'; readonly reason: 'not_a_number' };

const rank: Readonly<Record<Level, number>> = { clear: 0, approaching: 1, warning: 2, critical: 3 };

export function isAtLeast(level: Level, other: Level): boolean {
  return rank[level] >= rank[other];
}

export function unjudged(reason: UnjudgedReason): Reading {
  return { kind: 'unjudged', reason };
}
