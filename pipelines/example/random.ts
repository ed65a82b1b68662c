/**
 * Mixes numbers into 32 well-spread bits (the finaliser of MurmurHash3 over a running state), so that whatever belongs to
 * a person, a day or a channel can be computed from its number alone and in any order.
 */
export function mix(seed: number, first: number, second = 0): number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(first + 0x7f4a7c15, 0xc2b2ae35);
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ Math.imul(second + 0x165667b1, 0x27d4eb2f);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A number in [0, 1) that belongs to the given numbers. */
export function unit(seed: number, first: number, second = 0): number {
  return mix(seed, first, second) / 4_294_967_296;
}

/** A small seeded generator (mulberry32): the same seed gives the same draws on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** A bell-shaped draw around 0 that never leaves ±`limit`: the swings of a day are real, its outliers are planted. */
  swing(limit: number): number {
    return ((this.next() + this.next() + this.next()) / 1.5 - 1) * limit;
  }
}

/**
 * Says "yes" for a share of the cases, evenly spread: of any n cases in a row, the share ± 1 says yes. Independent draws
 * would cross thresholds by chance in small samples, and then nobody could tell a false warning from a true one.
 */
export class EvenShare {
  #rest: number;

  constructor(phase: number) {
    this.#rest = phase;
  }

  take(share: number): boolean {
    this.#rest += share;
    if (this.#rest < 1) return false;
    this.#rest -= 1;
    return true;
  }
}
