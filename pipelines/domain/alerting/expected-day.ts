import { dayOfMonthFactor } from './day-of-month.ts';
import { askAbout, festivalFactor } from './festival.ts';
import { festivalDayAt, type Learning } from './history.ts';
import type { Usual } from './usual.ts';

/** What one period should have looked like, and how far such periods stray, as shares of it squared. */
export interface Expected {
  readonly value: number;
  /** Variance of the period by itself, beyond chance. */
  readonly scatter: number;
  /** Variance that it shares with the periods around it. */
  readonly drift: number;
}

export type ExpectationOf = (index: number) => Expected | undefined;

/** Expectations for the periods up to `asOf`: level × weekday × day of month, or × festival. */
export function expectationsOf(learning: Learning, asOf: number, now: Usual): ExpectationOf {
  const asked = askAbout(learning, asOf, now);
  return (index) => {
    const usual = now.valueAt(index);
    if (festivalDayAt(learning, index) === undefined) {
      const value = usual * dayOfMonthFactor(learning, index, asOf);
      return value > 0 ? { value, scatter: now.scatter, drift: now.drift } : undefined;
    }
    const festival = festivalFactor(learning, index, asked);
    if (festival === undefined || usual <= 0) return undefined;
    return {
      value: usual * festival.factor,
      scatter: now.scatter + festival.scatter,
      drift: now.drift + festival.drift,
    };
  };
}
