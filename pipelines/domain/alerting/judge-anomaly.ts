import { type Marks, mergeMarks } from '../threshold.ts';
import { amountAt, type CountedSum, deviationOf, distanceOf, nothingCounted, plusPeriod } from './counted-sum.ts';
import { type ExpectationOf, expectationsOf } from './expected-day.ts';
import { countedAt, festivalDayAt, type Learning } from './history.ts';
import { firstNaming } from './named-days.ts';
import { type Level, type Reading, unjudged } from './reading.ts';
import { hourOf, type Series } from './series.ts';
import { type Usual, usualBefore } from './usual.ts';

/**
 * Weighs the newest period, the newest two and so on against what was usual before them all. The newest one must be odd
 * itself; the gravest sum speaks.
 */
export function judgeAnomaly(learning: Learning, index: number): Reading {
  const now = learning.grain === 'hour' ? usualOnDay(learning, index) : usualAt(learning, index);
  if (now === undefined) return unjudged('no_yardstick');
  const expectation = expectationsOf(learning, index, now);
  const newest = withPeriod(learning, nothingCounted, { index, expectation });
  if (newest !== undefined) return readingOf(learning, newest, { index, expectation });
  return unjudged(festivalDayAt(learning, index) === undefined ? 'no_yardstick' : 'no_festival_yardstick');
}

function usualAt(learning: Learning, index: number): Usual | undefined {
  return usualBefore(learning, index - learning.version.together, index);
}

/** What was usual before the day of an hour: all of its hours are held to the same, and it is learnt once. */
function usualOnDay(learning: Learning, index: number): Usual | undefined {
  const { series, version, troubles } = learning;
  const first = index - hourOf(series.periods[index] ?? '');
  const known = learnt.get(series);
  if (known?.first === first && known.version === version && known.troubles === troubles) return known.usual;
  const usual = usualAt(learning, first);
  learnt.set(series, { first, version, troubles, usual });
  return usual;
}

interface Learnt extends Pick<Learning, 'version' | 'troubles'> {
  /** Index of the first hour of the day. */
  readonly first: number;
  readonly usual: Usual | undefined;
}

/** What was learnt last of a series, while somebody holds it. */
const learnt = new WeakMap<Series, Learnt>();

/** A period, and what is expected of it and of those before it. */
interface Asked {
  readonly index: number;
  readonly expectation: ExpectationOf;
}

function readingOf(learning: Learning, newest: CountedSum, asked: Asked): Reading {
  const { version, series } = learning;
  const marks = mergeMarks(version.marks, version.marks_by_channel[series.channel_id]);
  const side = sideOf(version.side, newest);
  const expected = newest.expected / newest.size;
  const figures = {
    kind: 'judged',
    value: series.observations[asked.index]?.value ?? 0,
    expected,
    spread: deviationOf(newest) / newest.size,
    yardstick: festivalDayAt(learning, asked.index) === undefined ? 'usual' : 'festival',
  } as const;
  const markOf = (sum: CountedSum, mark: number) => (expected * amountAt(sum, side * mark)) / sum.expected;
  const clear = { ...figures, level: 'clear', beyondRecovery: true, mark: markOf(newest, marks.warning) } as const;
  const isCalm = side * distanceOf(newest) <= (marks.recover ?? marks.approach ?? marks.warning);
  if (isCalm) return calmReading(learning, newest, { ...clear, reason: 'inside_marks' });
  const { found, isSmall } = gravest(sumsOf(learning, newest, asked), { marks, side, learning });
  if (found === undefined)
    return { ...clear, beyondRecovery: isSmall, reason: isSmall ? 'below_floor' : 'inside_marks' };
  const { level, sum } = found;
  return {
    ...figures,
    level,
    beyondRecovery: false,
    mark: markOf(sum, (level === 'critical' ? marks.critical : undefined) ?? marks.warning),
    reason: level === 'approaching' ? 'near_mark' : 'past_mark',
    side,
    began: series.periods[asked.index - sum.periods + 1] ?? '',
    ...(sum.periods > 1 && { together: { periods: sum.periods, share: sum.amount / sum.expected } }),
  };
}

/** A quiet night is no recovery: where even nothing is calm, it says nothing. */
function calmReading({ grain }: Learning, { amount }: CountedSum, calm: Reading): Reading {
  return grain === 'hour' && amount === 0 ? unjudged('small_sample') : calm;
}

function sideOf(side: 'below' | 'above' | 'both', { amount, expected }: CountedSum): 1 | -1 {
  if (side === 'both') return amount < expected ? -1 : 1;
  return side === 'above' ? 1 : -1;
}

function withPeriod(learning: Learning, sum: CountedSum, { index, expectation }: Asked): CountedSum | undefined {
  const counted = countedAt(learning, index);
  const usual = counted === undefined ? undefined : expectation(index);
  if (counted === undefined || usual === undefined || counted.size <= 0) return undefined;
  return plusPeriod(sum, counted, usual);
}

/** The newest period, the newest two, … as far as they hang together: not across a gap, an exempt day or a recovery. */
function* sumsOf(learning: Learning, newest: CountedSum, asked: Asked): Generator<CountedSum> {
  const { version, series, calendars, troubles } = learning;
  const today = series.periods[asked.index] ?? '';
  const recovered = troubles.findLast(({ ended }) => ended !== null && ended < today)?.ended ?? '';
  yield newest;
  let sum: CountedSum | undefined = newest;
  for (let index = asked.index - 1; index > asked.index - version.together && index >= 0; index--) {
    const period = series.periods[index] ?? '';
    if (period <= recovered || firstNaming(calendars, version.not_on, period) !== undefined) return;
    sum = withPeriod(learning, sum, { ...asked, index });
    if (sum === undefined) return;
    yield sum;
  }
}

interface Judging {
  readonly marks: Marks;
  readonly side: 1 | -1;
  readonly learning: Learning;
}

interface Found {
  readonly level: Exclude<Level, 'clear'>;
  readonly sum: CountedSum;
  readonly far: number;
}

/** The farthest of the sums that matter: it also shows best where the trouble began. */
function gravest(sums: Iterable<CountedSum>, { marks, side, learning }: Judging) {
  let found: Found | undefined;
  let isSmall = false;
  for (const sum of sums) {
    const far = side * distanceOf(sum);
    const level = levelOf(far, marks);
    if (level === 'clear' || far <= (found?.far ?? 0)) continue;
    if (isTooSmall(sum, learning)) isSmall = true;
    else found = { level, sum, far };
  }
  return { found, isSmall };
}

function levelOf(far: number, marks: Marks): Level {
  if (far >= (marks.critical ?? Infinity)) return 'critical';
  if (far >= marks.warning) return 'warning';
  return far >= (marks.approach ?? Infinity) ? 'approaching' : 'clear';
}

function isTooSmall({ amount, expected, size }: CountedSum, { version }: Learning): boolean {
  const apart = Math.abs(amount - expected);
  return apart / size < version.floor || apart < version.least_change * expected;
}
