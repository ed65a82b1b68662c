import type { Driver } from './warning.ts';

/** Sides of a ratio, summed over the same days. */
export interface Sides {
  readonly numerator: number;
  readonly denominator: number;
}

/** Before and after; the "before" is a period of the same length, so that sums can be compared. */
export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** Members that moved a sum. Contributions add up to the change of the total. */
export function driversOfSum(dimension: string, members: ReadonlyMap<string, Change<number>>): Driver[] {
  const drivers = [...members].map(([member, { before, after }]) => ({
    dimension,
    member,
    contribution: after - before,
  }));
  return strongestFirst(drivers);
}

/**
 * Members that moved a ratio of sums: each by its own rate and by its weight in the whole. Contributions add up to the
 * change of the ratio; so do the two effects, `rate` and `mix`, under the dimension "effect".
 */
export function driversOfRatio(dimension: string, members: ReadonlyMap<string, Change<Sides>>): Driver[] {
  const whole = { before: totalOf(members, 'before'), after: totalOf(members, 'after') };
  if (whole.before.denominator <= 0 || whole.after.denominator <= 0) return [];
  const level = (rateOf(whole.before) + rateOf(whole.after)) / 2;
  let rates = 0;
  let mix = 0;
  const drivers = [...members].map(([member, { before, after }]) => {
    const weight = {
      before: before.denominator / whole.before.denominator,
      after: after.denominator / whole.after.denominator,
    };
    // A member that appears or vanishes has one rate only: all it does is change the mix.
    const own = {
      before: rateOf(before.denominator > 0 ? before : after),
      after: rateOf(after.denominator > 0 ? after : before),
    };
    const byRate = ((weight.before + weight.after) / 2) * (own.after - own.before);
    const byMix = (weight.after - weight.before) * ((own.before + own.after) / 2 - level);
    rates += byRate;
    mix += byMix;
    return { dimension, member, contribution: byRate + byMix };
  });
  const effects = [
    { dimension: 'effect', member: 'rate', contribution: rates },
    { dimension: 'effect', member: 'mix', contribution: mix },
  ];
  return [...strongestFirst(drivers), ...strongestFirst(effects)];
}

/**
 * Factors whose product is the figure, as sessions × orders per session × sales per order. Each gets the mean of what it
 * would add in every order of changing them (Shapley), so that contributions add up whatever the signs.
 */
export function driversOfProduct(factors: ReadonlyMap<string, Change<number>>): Driver[] {
  const names = [...factors.keys()];
  const sums = new Map(names.map((name) => [name, 0]));
  const orders = permutations(names);
  for (const order of orders) {
    const state = new Map([...factors].map(([name, { before }]) => [name, before]));
    for (const name of order) {
      const earlier = productOf(state);
      state.set(name, factors.get(name)?.after ?? 0);
      sums.set(name, (sums.get(name) ?? 0) + productOf(state) - earlier);
    }
  }
  const drivers = names.map((member) => ({
    dimension: 'factor',
    member,
    contribution: (sums.get(member) ?? 0) / orders.length,
  }));
  return strongestFirst(drivers);
}

/** What one side of a ratio did: the numerator, and the denominator by its inverse. */
export function driversOfSides(names: { numerator: string; denominator: string }, change: Change<Sides>): Driver[] {
  const { before, after } = change;
  if (before.denominator <= 0 || after.denominator <= 0) return [];
  return driversOfProduct(
    new Map([
      [names.numerator, { before: before.numerator, after: after.numerator }],
      [names.denominator, { before: 1 / before.denominator, after: 1 / after.denominator }],
    ]),
  );
}

function totalOf(members: ReadonlyMap<string, Change<Sides>>, when: 'before' | 'after'): Sides {
  let numerator = 0;
  let denominator = 0;
  for (const change of members.values()) {
    numerator += change[when].numerator;
    denominator += change[when].denominator;
  }
  return { numerator, denominator };
}

function rateOf({ numerator, denominator }: Sides): number {
  return denominator > 0 ? numerator / denominator : 0;
}

function productOf(state: ReadonlyMap<string, number>): number {
  return [...state.values()].reduce((product, factor) => product * factor, 1);
}

function permutations(names: readonly string[]): string[][] {
  if (names.length <= 1) return [[...names]];
  return names.flatMap((name) => permutations(names.filter((other) => other !== name)).map((rest) => [name, ...rest]));
}

function strongestFirst(drivers: readonly Driver[]): Driver[] {
  return drivers.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || compare(a.member, b.member));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
