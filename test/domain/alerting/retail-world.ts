import { addDays, dayNumber, type Observation, type Series } from '../../../pipelines/domain/alerting/series.ts';
import { type Noise, noiseFrom } from './noise.ts';

/** What was done to a series on purpose. Days are ISO dates, both included. */
export interface Planted {
  readonly from: string;
  readonly to: string;
  /** Factor on the day's figure. */
  readonly factor: number;
  /** The festival in which it lies, or undefined in ordinary times. */
  readonly festival: string | undefined;
}

export interface RetailWorld {
  readonly series: Series;
  readonly planted: readonly Planted[];
}

/**
 * How large incidents are, written down before any detector was run on them: orders fall by 70, 55 or 40 %, or grow by 80 or
 * 150 %, for two days to a week. Every size is as likely as the others.
 */
export const incidentSizes = [0.3, 0.45, 0.6, 1.8, 2.5] as const;

export const firstDay = '2022-09-01';
/** Two years of history with all their festivals, then the year that counts. */
export const scoredFrom = '2025-01-01';
export const lastDay = '2025-12-31';

/** New Year's Days of the Chinese calendar. */
const newYears: Readonly<Record<number, string>> = {
  2022: '2022-02-01',
  2023: '2023-01-22',
  2024: '2024-02-10',
  2025: '2025-01-29',
  2026: '2026-02-17',
};

interface Festival {
  readonly name: string;
  /** Days in a year, both included. */
  readonly days: (year: number) => readonly [string, string];
  /** Factor on a day, so many days before (negative) or after the main day; `lead` is drawn for each series. */
  readonly shape: (offset: number, lead: number) => number;
  readonly mainDay: (year: number) => string;
}

const festivals: readonly Festival[] = [
  {
    name: '618',
    days: (year) => [`${year}-06-01`, `${year}-06-21`],
    mainDay: (year) => `${year}-06-18`,
    shape: (offset, lead) =>
      offset > 0 ? 0.8 - 0.05 * lead : 1.2 + 0.3 * lead + (2 + 2 * lead) * Math.exp(offset / 0.8),
  },
  {
    name: '11.11',
    days: (year) => [`${year}-10-20`, `${year}-11-14`],
    mainDay: (year) => `${year}-11-11`,
    shape: (offset, lead) => {
      if (offset > 0) return 0.72;
      const presale = offset >= -11 && offset <= -8 ? 1.7 + 0.6 * lead : 1.15 + 0.35 * lead;
      return presale + (2.5 + 3 * lead) * Math.exp(offset / 0.7);
    },
  },
  {
    name: '12.12',
    days: (year) => [`${year}-12-10`, `${year}-12-14`],
    mainDay: (year) => `${year}-12-12`,
    shape: (offset, lead) => (offset > 0 ? 0.9 : 1 + (0.5 + 0.7 * lead) * Math.exp(offset / 1.5)),
  },
  {
    name: 'New Year',
    days: (year) => [addDays(newYears[year] ?? '', -21), addDays(newYears[year] ?? '', 8)],
    mainDay: (year) => newYears[year] ?? '',
    shape: (offset, lead) => {
      if (offset < -7) return 1.2 + 0.3 * lead;
      if (offset <= -2) return 1.1 - (0.5 * (offset + 7)) / 5;
      return 0.35 + 0.2 * lead + 0.02 * Math.max(0, offset);
    },
  },
];

/**
 * Orders of one channel over more than three years: weekdays that drift, a trend that bends, a swing over the year, a payday, launches
 * that fade, festivals of another strength each year, days that hang together (autocorrelation), now and then a wild one, and
 * chance on top.
 */
export function retailWorld(seed: number): RetailWorld {
  const noise = noiseFrom(seed);
  const habits = drawHabits(noise);
  const planted = plant(noise);
  const periods = Array.from({ length: dayNumber(lastDay) - dayNumber(firstDay) + 1 }, (_, index) =>
    addDays(firstDay, index),
  );
  const scatter = noise.between(0.03, 0.07);
  let clinging = 0;
  const observations = periods.map((day, index): Observation => {
    clinging = 0.35 * clinging + Math.sqrt(1 - 0.35 ** 2) * noise.normal();
    const wild = noise.uniform() < 0.015 ? 2.2 : 1;
    const incident = planted.find(({ from, to }) => from <= day && day <= to)?.factor ?? 1;
    const mean = habits.meanOf(day, index) * Math.exp(scatter * wild * clinging) * incident;
    const value = noise.poisson(mean);
    return { numerator: value, denominator: null, value, complete: true };
  });
  return { planted, series: { kpi_id: 'orders', channel_id: `s${seed}`, periods, observations, scale: 1 } };
}

interface Habits {
  readonly meanOf: (day: string, index: number) => number;
}

function drawHabits(noise: Noise): Habits {
  const level = 60 * 50 ** noise.uniform();
  const week = Array.from({ length: 7 }, () => [noise.between(0.8, 1.25), noise.between(-0.05, 0.05)] as const);
  const bends = Array.from({ length: 4 }, () => noise.between(-0.15, 0.45) / 365);
  const swing = [noise.between(0, 0.1), noise.between(0, 6.3), noise.between(0, 0.04), noise.between(0, 6.3)] as const;
  const payday = noise.uniform() < 0.6 ? noise.pick([1, 10, 15, 25, 31]) : undefined;
  const paid = noise.between(0.1, 0.3);
  const launches = Array.from({ length: 6 }, () => ({ at: noise.between(40, 1090), lift: noise.between(0.06, 0.2) }));
  const strengths = strengthsOf(noise);
  const growthUntil = (index: number) =>
    bends.reduce((sum, slope, part) => sum + slope * Math.min(274, Math.max(0, index - 274 * part)), 0);
  const meanOf = (day: string, index: number): number => {
    const number = dayNumber(day);
    const [usual, drift] = week[number % 7] ?? [1, 0];
    const year = (2 * Math.PI * number) / 365.25;
    const season = 1 + swing[0] * Math.sin(year + swing[1]) + swing[2] * Math.sin(2 * year + swing[3]);
    const launched = launches.reduce((product, { at, lift }) => product * (1 + liftAt(index - at, lift)), 1);
    const pay = payday === undefined ? 1 : 1 + paid * paidShare(day, payday);
    return (
      level * (usual + (drift * index) / 1095) * Math.exp(growthUntil(index)) * season * launched * pay * strengths(day)
    );
  };
  return { meanOf };
}

/** A launch takes a week to be found, and half of it is gone after two months. */
function liftAt(since: number, lift: number): number {
  if (since < 0) return 0;
  return lift * Math.min(1, since / 7) * 2 ** (-Math.max(0, since - 7) / 60);
}

/** All on the day itself, half on the day after; the 31st stands for the last of the month. */
function paidShare(day: string, payday: number): number {
  const isPayday = (date: string) =>
    payday === 31 ? addDays(date, 1).endsWith('-01') : Number(date.slice(8)) === payday;
  if (isPayday(day)) return 1;
  return isPayday(addDays(day, -1)) ? 0.5 : 0;
}

/** Festivals keep their shape; how strong they are, and their main day beside the rest, changes from year to year. */
function strengthsOf(noise: Noise): (day: string) => number {
  const drawn = new Map(
    festivals.map(({ name }) => [name, { lead: noise.uniform(), years: new Map<number, number[]>() }]),
  );
  for (const { years } of drawn.values()) {
    for (const year of [2022, 2023, 2024, 2025]) years.set(year, [0.1 * noise.normal(), 0.08 * noise.normal()]);
  }
  return (day) => {
    const festival = festivalOf(day);
    if (festival === undefined) return 1;
    const year = Number(day.slice(0, 4));
    const { lead, years } = drawn.get(festival.name) ?? { lead: 0, years: new Map<number, number[]>() };
    const [whole = 0, main = 0] = years.get(year) ?? [];
    const offset = dayNumber(day) - dayNumber(festival.mainDay(year));
    const shape = festival.shape(offset, lead);
    // A weak year is nearer to an ordinary one: what varies is the festival's part.
    return shape ** (1 + whole) * Math.exp(whole / 2 + (offset === 0 ? main : 0));
  };
}

function festivalOf(day: string): Festival | undefined {
  return festivals.find(({ days }) => {
    const [from, to] = days(Number(day.slice(0, 4)));
    return from <= day && day <= to;
  });
}

/**
 * Four to six incidents a year in ordinary times; one in each of the great festivals of the year that counts, and in every
 * third of the years before. Three weeks at least lie between two.
 */
function plant(noise: Noise): Planted[] {
  const planted: Planted[] = [];
  const tryAt = (from: string, festival: string | undefined): void => {
    const to = addDays(from, 1 + Math.floor(6 * noise.uniform()));
    const factor = noise.pick(incidentSizes);
    const isFree = planted.every((other) => to < addDays(other.from, -21) || from > addDays(other.to, 21));
    const isAlike = [from, to].every((day) => festivalOf(day)?.name === festival);
    if (isFree && isAlike && to <= lastDay) planted.push({ from, to, factor, festival });
  };
  for (const year of [2023, 2024, 2025]) {
    for (const { name, days } of festivals.filter((one) => one.name !== '12.12')) {
      if (year < 2025 && noise.uniform() > 1 / 3) continue;
      const [first, last] = days(year);
      tryAt(addDays(first, Math.floor((dayNumber(last) - dayNumber(first) - 6) * noise.uniform())), name);
    }
    for (let index = 0; index < 9; index++)
      tryAt(addDays(`${year}-01-01`, Math.floor(360 * noise.uniform())), undefined);
  }
  return planted.sort((a, b) => (a.from < b.from ? -1 : 1));
}
