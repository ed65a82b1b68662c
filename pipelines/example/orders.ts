import { dayOf, secondsPerDay } from './calendar.ts';
import type { ChannelHabits, Product } from './company.ts';
import { products } from './company.ts';
import type { ChannelDay } from './demand.ts';
import type { People } from './people.ts';
import type { Person } from './persons.ts';
import { EvenShare, mix, Random } from './random.ts';

/** One product in an order. Amounts are cents of the channel's currency. */
export interface OrderLine {
  readonly product: Product;
  readonly quantity: number;
  readonly unitPrice: number;
  /** Taken off the line as a whole. */
  readonly discount: number;
}

/** Money that goes back, with its time. */
export interface Refund {
  readonly at: number;
  readonly amount: number;
  /** Index of the only line sent back, or -1 for the whole order. */
  readonly line: number;
}

/** What an order's number is made of, and who bought. */
export interface OrderKey {
  readonly habits: ChannelHabits;
  readonly day: number;
  /** Number of the order on its day in its channel, from 1. */
  readonly number: number;
  readonly person: Pick<Person, 'number'>;
}

/** What the survey remembers of an order until the buyer answers: millions wait in a large world. */
export interface RatingRequest extends OrderKey {
  readonly sku: string;
}

/** An order with everything that will ever happen to it. Times are wall-clock seconds; 0 means never. */
export interface Order extends OrderKey {
  readonly person: Person;
  readonly lines: readonly OrderLine[];
  readonly items: number;
  readonly discount: number;
  readonly freight: number;
  readonly total: number;
  readonly placedAt: number;
  readonly paidAt: number;
  /** When the platform closed it because it was never paid. */
  readonly cancelledAt: number;
  readonly shippedAt: number;
  readonly finishedAt: number;
  readonly refund: Refund | undefined;
  /** Day on which the buyer answers the survey, 0 for never. */
  readonly ratedOn: number;
}

/** Makes the orders of one channel, day by day in time order, without keeping any. */
export class OrderBook {
  readonly #habits: ChannelHabits;
  readonly #seed: number;
  readonly #people: People;
  readonly #unpaid = new EvenShare(0.3);
  readonly #late = new EvenShare(0.6);
  readonly #refunded: EvenShare;
  readonly #partial = new EvenShare(0.2);
  readonly #rated = new EvenShare(0.5);
  readonly #hourOf: readonly number[];

  constructor(habits: ChannelHabits, seed: number, people: People) {
    this.#habits = habits;
    this.#seed = seed;
    this.#people = people;
    this.#refunded = new EvenShare(habits.share);
    this.#hourOf = inverseOf(habits.hours);
  }

  *ordersOf(day: number, plan: ChannelDay): Generator<Order> {
    const random = new Random(mix(this.#seed, day, Math.round(this.#habits.share * 1000)));
    const shelf = shelfOf(day);
    for (let number = 1; number <= plan.orders; number += 1) {
      const quantile = (number - 1 + random.next()) / plan.orders;
      const placedAt = day * secondsPerDay + this.#secondAt(quantile);
      const person = this.#people.buyer(this.#habits.id, day, random);
      const lines = this.#basket(random, shelf, plan.discount);
      yield this.#order({ day, number, person, lines, placedAt }, random);
    }
  }

  #order(facts: Pick<Order, 'day' | 'number' | 'person' | 'lines' | 'placedAt'>, random: Random): Order {
    const { habits, items, discount } = { habits: this.#habits, ...sums(facts.lines) };
    const freight = items - discount < habits.freightFreeFrom ? habits.freight : 0;
    const total = items - discount + freight;
    const paidAt = this.#paidAt(facts.placedAt, random);
    const cancelledAt = paidAt === 0 ? facts.placedAt + random.between(24, 40) * 3600 : 0;
    const isStore = habits.conversion === undefined;
    const shippedAt = paidAt === 0 ? 0 : paidAt + (isStore ? 0 : random.between(5, 40) * 3600);
    const finishedAt = paidAt === 0 ? 0 : shippedAt + (isStore ? 0 : random.between(60, 190) * 3600);
    const refund = paidAt === 0 ? undefined : this.#refund(facts.lines, total, finishedAt, random);
    const isRated = paidAt !== 0 && this.#rated.take(habits.rated);
    const ratedOn = isRated ? Math.floor(finishedAt / secondsPerDay) + random.between(1, 6) : 0;
    return {
      habits,
      ...facts,
      items,
      discount,
      freight,
      total,
      paidAt,
      shippedAt,
      finishedAt,
      refund,
      ratedOn,
      cancelledAt,
    };
  }

  #secondAt(quantile: number): number {
    const position = quantile * (this.#hourOf.length - 1);
    const index = Math.floor(position);
    const low = this.#hourOf[index] as number;
    const high = this.#hourOf[index + 1] ?? low;
    return Math.min(secondsPerDay - 1, Math.floor(low + (high - low) * (position - index)));
  }

  #paidAt(placedAt: number, random: Random): number {
    if (this.#habits.conversion === undefined) return placedAt;
    if (this.#unpaid.take(this.#habits.unpaid)) return 0;
    // Some think it over for a night: their payment is in no export of the day.
    return placedAt + (this.#late.take(0.03) ? random.between(12, 60) * 3600 : random.between(10, 900));
  }

  #refund(lines: readonly OrderLine[], total: number, finishedAt: number, random: Random): Refund | undefined {
    if (!this.#refunded.take(this.#habits.refunded)) return undefined;
    const at = finishedAt + random.between(20, 220) * 3600;
    if (lines.length === 1 || !this.#partial.take(0.4)) return { at, amount: total, line: -1 };
    const line = random.between(0, lines.length - 1);
    const { quantity, unitPrice, discount } = lines[line] as OrderLine;
    return { at, amount: quantity * unitPrice - discount, line };
  }

  #basket(random: Random, shelf: Shelf, seasonDiscount: number): OrderLine[] {
    const size = sizeOf(this.#habits.baskets, random.next());
    const lines: OrderLine[] = [];
    for (let index = 0; index < size; index += 1) {
      const product = shelf.pick(random.next());
      if (lines.some((line) => line.product === product)) continue;
      const quantity = random.next() < 0.86 ? 1 : random.between(2, 3);
      const unitPrice = product.prices[this.#habits.currency];
      const share = seasonDiscount + (random.next() < 0.25 ? 0.1 : 0.02);
      lines.push({ product, quantity, unitPrice, discount: Math.round(unitPrice * quantity * share) });
    }
    return lines;
  }
}

function sums(lines: readonly OrderLine[]): { items: number; discount: number } {
  let items = 0;
  let discount = 0;
  for (const line of lines) {
    items += line.quantity * line.unitPrice;
    discount += line.discount;
  }
  return { items, discount };
}

function sizeOf(weights: readonly number[], draw: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = draw * total;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index + 1;
  }
  return weights.length;
}

/** Second of the day at evenly spaced quantiles of a day with these hourly weights. */
function inverseOf(hours: readonly number[]): number[] {
  const total = hours.reduce((sum, weight) => sum + weight, 0);
  const steps = 512;
  const seconds: number[] = [];
  let hour = 0;
  let before = 0;
  for (let step = 0; step <= steps; step += 1) {
    const wanted = (step / steps) * total;
    while (hour < 23 && before + (hours[hour] as number) <= wanted) {
      before += hours[hour] as number;
      hour += 1;
    }
    const weight = hours[hour] as number;
    seconds.push(3600 * (hour + (weight === 0 ? 0 : Math.min(1, (wanted - before) / weight))));
  }
  return seconds;
}

interface Shelf {
  pick(draw: number): Product;
}

let shelfDay = Number.NaN;
let shelfToday: Shelf;

/** What is on sale on a day; a new product draws more attention in its first six weeks. */
function shelfOf(day: number): Shelf {
  if (day === shelfDay) return shelfToday;
  const onSale: Product[] = [];
  for (const product of products) {
    const age = product.launched === undefined ? Number.POSITIVE_INFINITY : day - dayOf(product.launched);
    if (age < 0) continue;
    const copies = Math.round(product.weight * (age < 42 ? 2.5 : 1));
    for (let copy = 0; copy < copies; copy += 1) onSale.push(product);
  }
  shelfDay = day;
  shelfToday = { pick: (draw) => onSale[Math.floor(draw * onSale.length)] as Product };
  return shelfToday;
}
