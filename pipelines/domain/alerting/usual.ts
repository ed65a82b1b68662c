import { type Counted, type Learning, ordinaryAt, reachedWeeks } from './history.ts';
import { median, midmean, quantile } from './robust.ts';

/** What was usual before a period: level, season and scatter, learnt from ordinary sound periods only. */
export interface Usual {
  /** Usual value at an index, without day of month. */
  readonly valueAt: (index: number) => number;
  /** Variance of a single period as a share of the expected figure squared, beyond what counting explains. */
  readonly scatter: number;
  /** The same, of the level: what all periods of a stretch share. */
  readonly drift: number;
}

/** Standard deviation of what a level may do in a week or two without being unusual. */
const wandering = 0.04;
/** However calm a series was: it is not held to its last digits. */
const leastScatter = 0.02;

function seasonOf(grain: Learning['grain']): number {
  return grain === 'day' ? 7 : 1;
}

interface Lesson extends Counted {
  readonly place: number;
  readonly block: number;
}

/**
 * Level × weekday. The level is taken of every two weeks, so that a trend bends it and does not widen the scatter; all means
 * leave the outer quarters out. `end` is the last index that may teach, `asOf` the period that asks.
 */
export function usualBefore(learning: Learning, end: number, asOf: number): Usual | undefined {
  const season = seasonOf(learning.grain);
  const lessons = lessonsBefore(learning, end, asOf);
  const places = grouped(lessons, season, ({ place }) => place);
  const least = Math.max(3, learning.version.weeks / 3);
  if (places.some((days) => days.length < least)) return undefined;
  const blocks = grouped(lessons, (lessons.at(-1)?.block ?? 0) + 1, ({ block }) => block);
  let typical = places.map((days) => median(days.map(({ value }) => value)));
  let levels = levelsOf(blocks, typical);
  typical = places.map((days) => midmean(days.map(({ value, block }) => value / (levels[block] || 1))));
  levels = levelsOf(blocks, typical);
  const level = levels[0] ?? 1;
  const expected = ({ place, block, size }: Lesson) => (typical[place] ?? 0) * (levels[block] ?? 1) * size;
  const parameters = season + levels.length - 1;
  const scatter = scatterOf(lessons, expected) * (lessons.length / Math.max(1, lessons.length - parameters));
  const chance = 1 / Math.max(1, midmean(lessons.map(expected)));
  // Means without the outer quarters stray by a fifth more than plain ones.
  const error = (count: number) => (1.2 * (scatter + chance)) / count;
  return {
    valueAt: (index) => level * (typical[placeOf(index, season)] ?? 0),
    scatter: scatter + error(lessons.length / season),
    drift: wandering ** 2 + error(blocks[0]?.length ?? 1),
  };
}

/** The newest ordinary periods, newest first. */
function lessonsBefore(learning: Learning, end: number, asOf: number): Lesson[] {
  const season = seasonOf(learning.grain);
  const wanted = learning.version.weeks * season;
  const perBlock = season === 1 ? 8 : 2 * season;
  const lessons: Lesson[] = [];
  for (let index = end; index > end - reachedWeeks * wanted && index >= 0 && lessons.length < wanted; index--) {
    const counted = ordinaryAt(learning, index, asOf);
    if (counted === undefined) continue;
    const block = Math.floor(lessons.length / perBlock);
    lessons.push({ ...counted, place: placeOf(index, season), block });
  }
  return lessons;
}

function placeOf(index: number, season: number): number {
  return ((index % season) + season) % season;
}

function grouped(lessons: readonly Lesson[], count: number, of: (lesson: Lesson) => number): Lesson[][] {
  const groups: Lesson[][] = Array.from({ length: count }, () => []);
  for (const lesson of lessons) groups[of(lesson)]?.push(lesson);
  return groups;
}

function levelsOf(blocks: readonly (readonly Lesson[])[], typical: readonly number[]): number[] {
  return blocks.map((days) => midmean(days.map(({ value, place }) => value / (typical[place] || 1))));
}

/** Over-dispersion: how much wider than counting the figures stray, as a share of the expected squared. */
function scatterOf(lessons: readonly Lesson[], expected: (lesson: Lesson) => number): number {
  const sizes = lessons.map((lesson) => Math.abs(2 * (root(lesson.amount) - root(expected(lesson)))));
  // Wild days are rare, and there are some: the tail speaks as well as the middle.
  const spread = Math.max(1.4826 * median(sizes), quantile(sizes, 0.9) / 1.645);
  const middle = median(lessons.map(expected));
  return Math.max(leastScatter ** 2, middle > 0 ? (spread ** 2 - 1) / middle : 0);
}

/** Square roots make the scatter of counts alike at every level. */
export function root(amount: number): number {
  return Math.sqrt(Math.max(0, amount) + 0.375);
}
