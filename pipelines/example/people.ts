import type { ChannelId } from './company.ts';
import { homeChannel, type Person, personOf } from './persons.ts';
import type { Random } from './random.ts';

export interface PeopleOptions {
  readonly seed: number;
  readonly first: number;
  readonly last: number;
  readonly orders: number;
}

/** Who may buy: a crowd that grows with time, in which some buy often and others once. */
export class People {
  readonly #seed: number;
  readonly #first: number;
  readonly #days: number;
  readonly #all: number;

  constructor(options: PeopleOptions) {
    this.#seed = options.seed;
    this.#first = options.first;
    this.#days = options.last - options.first + 1;
    this.#all = Math.max(16, Math.round(options.orders * 0.75));
  }

  /** How many persons know the company by the end of a day. */
  knownBy(day: number): number {
    const progress = Math.min(1, Math.max(0, (day - this.#first + 1) / this.#days));
    return Math.max(8, Math.floor(this.#all * (0.4 + 0.6 * progress)));
  }

  /** Somebody who buys in the channel on the day: mostly somebody at home there, sometimes a guest from another one. */
  buyer(channel: ChannelId, day: number, random: Random): Person {
    const known = this.knownBy(day);
    const isWestern = channel === 'web_shop' || channel === 'store_berlin';
    let number = 0;
    for (let attempt = 0; attempt < 4; attempt += 1) {
      number = onSide(this.#draw(known, random), isWestern);
      if (homeChannel(this.#seed, number) === channel) break;
    }
    return personOf(this.#seed, number);
  }

  /** Four in ten are among the newest tenth, the others lean towards those who have long been there. */
  #draw(known: number, random: Random): number {
    if (random.next() < 0.4) return Math.floor(known * (0.9 + 0.1 * random.next()));
    return Math.floor(known * random.next() ** 1.6);
  }

  person(number: number): Person {
    return personOf(this.#seed, number);
  }
}

/** The nearest person on the wanted side of the world: every fourth lives in the West. */
function onSide(number: number, isWestern: boolean): number {
  const place = number % 4;
  if (isWestern) return number - place + 3;
  return place === 3 ? number - 1 : number;
}
