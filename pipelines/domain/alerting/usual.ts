import { type Learning, ordinaryAt, reachedWeeks } from './history.ts';
import { median, midmean, quantile } from './robust.ts';
import { seasonOf } from './series.ts';

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

/** Ordinary periods, newest first, a column for each of their figures: a verdict looks at dozens of them. */
interface Lessons {
  readonly value: number[];
  readonly amount: number[];
  readonly size: number[];
  /** Weekday, or hour of the week, or 0 where there is none. */
  readonly place: number[];
}

/** What a single figure of a place or a level is drawn from. */
interface Pattern {
  readonly season: number;
  readonly perBlock: number;
  /** Usual value of each place at a level of 1. */
  readonly typical: readonly number[];
  /** Level of each block of lessons, newest first. */
  readonly levels: readonly number[];
}

/**
 * Level × weekday, of hours × weekday and hour. The level is taken of every two weeks, so that a trend bends it and does not widen the scatter; all means
 * leave the outer quarters out. `end` is the last index that may teach, `asOf` the period that asks.
 */
export function usualBefore(learning: Learning, end: number, asOf: number): Usual | undefined {
  const season = seasonOf(learning.grain);
  const lessons = lessonsBefore(learning, end, asOf);
  const least = Math.max(3, learning.version.weeks / 3);
  const pattern = patternOf(lessons, season, least);
  if (pattern === undefined) return undefined;
  const { typical, levels, perBlock } = pattern;
  const count = lessons.value.length;
  const expected = lessons.size.map(
    (size, lesson) => (typical[lessons.place[lesson] ?? 0] ?? 0) * (levels[Math.floor(lesson / perBlock)] ?? 1) * size,
  );
  const parameters = season + levels.length - 1;
  const scatter = scatterOf(lessons, expected) * (count / Math.max(1, count - parameters));
  const chance = 1 / Math.max(1, midmean(expected.filter((one) => one > 0)));
  // Means without the outer quarters stray by a fifth more than plain ones.
  const error = (lessonCount: number) => (1.2 * (scatter + chance)) / lessonCount;
  const level = levels[0] ?? 1;
  return {
    valueAt: (index) => level * (typical[placeOf(index, season)] ?? 0),
    scatter: scatter + error(count / season),
    drift: wandering ** 2 + error(Math.min(perBlock, count)),
  };
}

/** The newest ordinary periods, newest first. */
function lessonsBefore(learning: Learning, end: number, asOf: number): Lessons {
  const season = seasonOf(learning.grain);
  const wanted = learning.version.weeks * season;
  const lessons: Lessons = { value: [], amount: [], size: [], place: [] };
  for (let index = end; index > end - reachedWeeks * wanted && index >= 0; index--) {
    if (lessons.value.length >= wanted) break;
    const counted = ordinaryAt(learning, index, asOf);
    if (counted === undefined) continue;
    lessons.value.push(counted.value);
    lessons.amount.push(counted.amount);
    lessons.size.push(counted.size);
    lessons.place.push(placeOf(index, season));
  }
  return lessons;
}

function placeOf(index: number, season: number): number {
  return ((index % season) + season) % season;
}

/** Place by place and level by level, each once more when the other is known; undefined where a place has too few. */
function patternOf(lessons: Lessons, season: number, least: number): Pattern | undefined {
  const perBlock = season === 1 ? 8 : 2 * season;
  const places = lessonsByPlace(lessons, season);
  if (places.some((days) => days.length < least)) return undefined;
  const { value } = lessons;
  const first = places.map((days) => median(days.map((lesson) => value[lesson] ?? 0)));
  const rough = levelsOf(lessons, perBlock, first);
  const typical = places.map((days) =>
    midmean(days.map((lesson) => (value[lesson] ?? 0) / (rough[Math.floor(lesson / perBlock)] || 1))),
  );
  return { season, perBlock, typical, levels: levelsOf(lessons, perBlock, typical) };
}

function lessonsByPlace({ place }: Lessons, season: number): number[][] {
  const places: number[][] = Array.from({ length: season }, () => []);
  for (let lesson = 0; lesson < place.length; lesson++) places[place[lesson] ?? 0]?.push(lesson);
  return places;
}

function levelsOf({ value, place }: Lessons, perBlock: number, typical: readonly number[]): number[] {
  const levels: number[] = [];
  for (let start = 0; start === 0 || start < value.length; start += perBlock) {
    const days: number[] = [];
    for (let lesson = start; lesson < Math.min(start + perBlock, value.length); lesson++) {
      // Where nothing is usual, as at night, nothing speaks of the level.
      const usual = typical[place[lesson] ?? 0] ?? 0;
      if (usual > 0) days.push((value[lesson] ?? 0) / usual);
    }
    levels.push(days.length === 0 ? 1 : midmean(days));
  }
  return levels;
}

/** Over-dispersion: how much wider than counting the figures stray, as a share of the expected squared. */
function scatterOf({ amount }: Lessons, expected: readonly number[]): number {
  const sizes: number[] = [];
  const awaited = expected.filter((one) => one > 0);
  for (const [lesson, one] of amount.entries()) {
    const usual = expected[lesson] ?? 0;
    if (usual > 0) sizes.push(Math.abs(2 * (root(one) - root(usual))));
  }
  // Wild days are rare, and there are some: the tail speaks as well as the middle.
  const spread = Math.max(1.4826 * median(sizes), quantile(sizes, 0.9) / 1.645);
  const middle = median(awaited);
  return Math.max(leastScatter ** 2, middle > 0 ? (spread ** 2 - 1) / middle : 0);
}

/** Square roots make the scatter of counts alike at every level. */
export function root(amount: number): number {
  return Math.sqrt(Math.max(0, amount) + 0.375);
}
