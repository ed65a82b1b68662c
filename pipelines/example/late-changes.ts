import { secondsPerDay } from './calendar.ts';
import type { Delivery } from './delivery.ts';
import type { Order } from './orders.ts';

/** Orders that change after their export has left: the platform lists them again, changed, in a later file. */
export class LateChanges {
  readonly #delivery: Delivery;
  readonly #waiting = new Map<number, Order[]>();

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  /** Remembers an order if it changes at a time (0 for never) that its own export cannot know. */
  watch(order: Order, changesAt: number): void {
    if (changesAt <= this.#delivery.periodOf(order.day).exportedAt) return;
    const period = this.#delivery.periodOf(Math.floor(changesAt / secondsPerDay)).from;
    const waiting = this.#waiting.get(period);
    if (waiting === undefined) this.#waiting.set(period, [order]);
    else waiting.push(order);
  }

  /** Orders to list again in the file of the period that a day belongs to; each is handed out once. */
  due(day: number): readonly Order[] {
    const period = this.#delivery.periodOf(day).from;
    const orders = this.#waiting.get(period) ?? [];
    this.#waiting.delete(period);
    return orders;
  }
}
