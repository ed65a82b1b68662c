import { festivalDayAt, type Learning, soundAt } from './history.ts';
import { midmean } from './robust.ts';
import { type Usual, usualBefore } from './usual.ts';

/** What a festival day should look like: a factor on the usual figure, and how sure it is. */
export interface FestivalFactor {
  readonly factor: number;
  /** Variance, as a share of the expected squared: of the day by itself … */
  readonly scatter: number;
  /** … and of the strength that all days of the festival share. */
  readonly drift: number;
}

/** Festivals that a day is compared with, where they are known. */
export const comparedYears = 2;
/** Days of this year's festival after which half of what they say about its strength is believed. */
const daysForHalf = 1;
/** The newest days do not say how strong the festival is: they are being judged. */
const unheardDays = 2;
/** Deviations apart from which two festivals contradict each other. */
const contradicting = 3;
/** Strength is that of the last days: a festival has phases. */
const heardDays = 8;
/** Phases of one festival do not move quite alike: this share of the spread stays, however many days are known. */
const phaseShare = 1 / 3;

/**
 * How the same day of the last festivals stood to what was usual then; moved by how this one has gone so far. Undefined
 * where no earlier one is known. The larger a festival, the further it strays from year to year.
 */
export function festivalFactor(learning: Learning, index: number, asked: Asked): FestivalFactor | undefined {
  const years = asked.earlier(index);
  if (years.length === 0) return undefined;
  const mean = (of: (year: EarlierFactor) => number) => years.reduce((sum, year) => sum + of(year), 0) / years.length;
  const log = mean((year) => year.log);
  const strength = strengthSoFar(learning, index, asked);
  const spread = learning.version.festival_spread * (0.5 + Math.abs(log));
  const scatter = mean((year) => year.scatter);
  const left = 1 - strength.share + phaseShare ** 2;
  return {
    factor: Math.exp(log + strength.log),
    scatter: scatter / years.length,
    drift:
      mean((year) => year.drift) / years.length +
      contradiction(years, spread ** 2 + scatter) +
      spread ** 2 * (1 + 1 / years.length) * left,
  };
}

/** Where earlier festivals contradict each other, one of them had an incident that nobody noticed: who knows which. */
function contradiction(years: readonly EarlierFactor[], variance: number): number {
  const [one, other] = years;
  if (one === undefined || other === undefined) return 0;
  const apart = (one.log - other.log) ** 2;
  return apart > contradicting ** 2 * 2 * variance ? apart / 2 : 0;
}

interface EarlierFactor {
  readonly log: number;
  readonly scatter: number;
  readonly drift: number;
}

/** The factor of the same day in each earlier festival that is known and was no incident. */
function earlierFactors(
  learning: Learning,
  index: number,
  { asOf, before }: { asOf: number; before: (index: number) => Usual | undefined },
): EarlierFactor[] {
  const factors: EarlierFactor[] = [];
  let then: number | undefined = index;
  for (let year = 0; year < comparedYears; year++) {
    then = lastYearOf(learning, then);
    if (then === undefined) break;
    const usual = before(then);
    const counted = soundAt(learning, then, asOf);
    const expected = usual?.valueAt(then) ?? 0;
    if (usual === undefined || counted === undefined || expected <= 0 || counted.value <= 0) continue;
    const scatter = usual.scatter + 1 / Math.max(1, counted.amount);
    factors.push({ log: Math.log(counted.value / expected), scatter, drift: usual.drift });
  }
  return factors;
}

/** What one judgement asks of festivals; what is known of earlier ones is found once. */
export interface Asked {
  /** Index of the period that asks. */
  readonly asOf: number;
  readonly now: Usual;
  readonly earlier: (index: number) => readonly EarlierFactor[];
}

export function askAbout(learning: Learning, asOf: number, now: Usual): Asked {
  const usualThen = remembering((end) => usualBefore(learning, end, asOf));
  const before = (index: number) => usualThen(index - daysInto(learning, index) - 1);
  return { asOf, now, earlier: remembering((index) => earlierFactors(learning, index, { asOf, before })) };
}

function remembering<T>(find: (index: number) => T): (index: number) => T {
  const known = new Map<number, T>();
  return (index) => {
    if (known.has(index)) return known.get(index) as T;
    const found = find(index);
    known.set(index, found);
    return found;
  };
}

/** How this festival has gone so far beside the earlier ones, drawn towards 1 where few days speak. */
function strengthSoFar(learning: Learning, index: number, asked: Asked) {
  const logs: number[] = [];
  const first = index - daysInto(learning, index);
  for (let day = first; day <= asked.asOf - unheardDays && day < index; day++) {
    const counted = soundAt(learning, day, asked.asOf);
    const years = asked.earlier(day);
    const usual = asked.now.valueAt(day);
    if (counted === undefined || counted.value <= 0 || usual <= 0 || years.length === 0) continue;
    const earlier = years.reduce((sum, { log }) => sum + log, 0) / years.length;
    logs.push(Math.log(counted.value / usual) - earlier);
  }
  if (logs.length === 0) return { log: 0, share: 0 };
  const newest = logs.slice(-heardDays);
  const share = newest.length / (newest.length + daysForHalf);
  return { log: share * midmean(newest), share };
}

function daysInto(learning: Learning, index: number): number {
  return festivalDayAt(learning, index)?.into ?? 0;
}

/** Index of the same day of the festival before. */
function lastYearOf(learning: Learning, index: number): number | undefined {
  const back = festivalDayAt(learning, index)?.toLastYear;
  return back === undefined || back > index || learning.grain !== 'day' ? undefined : index - back;
}
