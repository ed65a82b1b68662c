import { countedAt, festivalDayAt, type Learning, soundAt } from './history.ts';
import { median, midmean } from './robust.ts';
import { type Usual, usualBefore } from './usual.ts';

/** What a festival day should look like: a factor on the usual figure, and how sure it is. */
export interface FestivalFactor {
  readonly factor: number;
  /** Variance, as a share of the expected squared: of the day by itself … */
  readonly scatter: number;
  /** … and of the strength that all days of the festival share. */
  readonly drift: number;
}

/** Days before and after a festival day that it is measured by where its year is doubted. */
const surroundingDays = 8;
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
  const spread = spreadOf(learning, log);
  const left = 1 - strength.share + phaseShare ** 2;
  return {
    factor: Math.exp(log + strength.log),
    scatter: mean((year) => year.scatter) / years.length,
    drift: mean((year) => year.drift) / years.length + spread ** 2 * (1 + 1 / years.length) * left,
  };
}

function spreadOf({ version }: Learning, log: number): number {
  return version.festival_spread * (0.5 + Math.abs(log));
}

interface EarlierFactor {
  readonly log: number;
  readonly scatter: number;
  readonly drift: number;
}

/**
 * The factors of the same day in the earlier festivals. An incident in one of them may have gone unnoticed, and then an
 * honest day of the next looked like one; so what was called an incident is not asked for. Where two festivals contradict
 * each other, the one whose day fits the days around it is believed.
 */
function agreeing(learning: Learning, index: number, factorAt: FactorAt): readonly EarlierFactor[] {
  const last = lastYearOf(learning, index);
  const before = last === undefined ? undefined : lastYearOf(learning, last);
  const places = [last, before].filter((place) => place !== undefined);
  const years = places.flatMap((place) => {
    const factor = factorAt(place);
    return factor === undefined ? [] : [{ place, factor }];
  });
  const [one, other] = years;
  if (one === undefined || other === undefined) return years.map(({ factor }) => factor);
  const variance = 2 * spreadOf(learning, one.factor.log) ** 2 + one.factor.scatter + other.factor.scatter;
  const apart = Math.abs(one.factor.log - other.factor.log);
  if (apart <= contradicting * Math.sqrt(variance)) return [one.factor, other.factor];
  const isFirst = oddness(learning, one.place, factorAt) <= oddness(learning, other.place, factorAt);
  return [isFirst ? one.factor : other.factor];
}

/** How far a day lies from the days around it in its own festival. */
function oddness(learning: Learning, place: number, factorAt: FactorAt): number {
  const around: number[] = [];
  for (let day = place - surroundingDays; day <= place + surroundingDays; day++) {
    const factor = festivalDayAt(learning, day) === undefined ? undefined : factorAt(day);
    if (factor !== undefined && day !== place) around.push(factor.log);
  }
  return Math.abs((factorAt(place)?.log ?? 0) - median(around));
}

type FactorAt = (index: number) => EarlierFactor | undefined;

/** How a festival day stood to what was usual before the festival. */
function factorOf(learning: Learning, index: number, usual: Usual | undefined): EarlierFactor | undefined {
  const counted = countedAt(learning, index);
  const expected = usual?.valueAt(index) ?? 0;
  if (usual === undefined || counted === undefined || expected <= 0 || counted.value <= 0) return undefined;
  const scatter = usual.scatter + 1 / Math.max(1, counted.amount);
  return { log: Math.log(counted.value / expected), scatter, drift: usual.drift };
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
  const factorAt = remembering((index) => factorOf(learning, index, before(index)));
  return { asOf, now, earlier: remembering((index) => agreeing(learning, index, factorAt)) };
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
