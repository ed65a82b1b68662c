import { countedAt, festivalDayAt, type Learning, ordinaryAt } from './history.ts';
import { median, spreadAround } from './robust.ts';

/** Months that a day of the month is learnt from. */
const months = 24;
const fewestMonths = 5;
const shortestMonth = 28;

/**
 * Factor of a day of the month, as of paydays: how the same day of earlier months stood to the days a week before and after
 * it. It counts as far as it is surer than chance, so that a day without an effect has none.
 */
export function dayOfMonthFactor(learning: Learning, index: number, asOf: number): number {
  if (learning.grain !== 'day' || index < shortestMonth * fewestMonths) return 1;
  const backs = daysBackFrom(learning.series.periods[index] ?? '');
  const distances: number[] = [];
  for (const back of backs) {
    const earlier = index - back;
    if (earlier < 7) break;
    const then = plainValueAt(learning, earlier);
    const around = [-7, 7].flatMap((shift) => ordinaryAt(learning, earlier + shift, asOf)?.value ?? []);
    if (then <= 0 || around.length === 0 || around.some((value) => value <= 0)) continue;
    distances.push(Math.log(then) - around.reduce((sum, value) => sum + Math.log(value), 0) / around.length);
  }
  if (distances.length < fewestMonths) return 1;
  const effect = median(distances);
  const error = spreadAround(distances, effect) ** 2 / distances.length;
  return Math.exp(effect * Math.max(0, 1 - (2 * error) / effect ** 2));
}

/** Incidents are in it, and outvoted: else a payday that was taken for one would never be learnt. */
function plainValueAt(learning: Learning, index: number): number {
  return festivalDayAt(learning, index) === undefined ? (countedAt(learning, index)?.value ?? 0) : 0;
}

/** Distances by day: every series asks about the same days. */
const known = new Map<string, readonly number[]>();

function daysBackFrom(period: string): readonly number[] {
  const distances = known.get(period) ?? Array.from({ length: months }, (_, back) => daysBack(period, back + 1));
  known.set(period, distances);
  return distances;
}

/** Days to the same day so many months earlier; the last day of a month answers to the last of another. */
function daysBack(period: string, back: number): number {
  const [year = 0, month = 0, day = 0] = period.split('-').map(Number);
  const lengthOf = (monthIndex: number) => new Date(Date.UTC(year, monthIndex + 1, 0)).getUTCDate();
  const isLast = day === lengthOf(month - 1);
  const length = lengthOf(month - 1 - back);
  const then = Date.UTC(year, month - 1 - back, isLast ? length : Math.min(day, length));
  return Math.round((Date.UTC(year, month - 1, day) - then) / 86_400_000);
}
