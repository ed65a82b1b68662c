import type { CellBlock } from './cell-judge.ts';
import { DistinctCells, isSame, longer } from './distinct-cells.ts';
import { OrderLines } from './order-lines.ts';

/** Records that name the same product as another of their order: 0-based, each with the number of its occurrence from 1. */
export interface Repeats {
  readonly records: readonly number[];
  readonly numbers: readonly number[];
}

/** A record of a repeated product. */
interface Repeat {
  readonly order: number;
  readonly record: number;
  readonly number: number;
}

/**
 * Finds out which lines of an order name a product for the second time. Lines of one order mostly stand together, so each is
 * compared with its neighbours while they are at hand; orders that come again later are looked at once more at the end.
 */
export class RepeatedLines {
  #text: Buffer = Buffer.alloc(0);
  readonly #orders = new DistinctCells();
  /** Numbers of the orders that come again. */
  readonly #torn = new Set<number>();
  /** Stretches of lines of one order: its number and the first record. */
  #runs = 0;
  #runOrders = new Int32Array(1 << 10);
  #runStarts = new Int32Array(1 << 10);
  /** Where the product of a record begins and ends. */
  #records = 0;
  #starts = new Int32Array(1 << 10);
  #ends = new Int32Array(1 << 10);
  #orderFrom = 0;
  #orderTo = 0;
  readonly #lines = new OrderLines();
  #repeated: Repeat[] = [];

  begin(): void {
    this.#orders.begin();
    this.#torn.clear();
    this.#runs = 0;
    this.#records = 0;
    this.#repeated = [];
  }

  /** Takes note of the cells of the records at the places of order and product. */
  add({ text, starts, ends, stride, count }: CellBlock, order: number, product: number): void {
    this.#text = text;
    for (let cell = 0; cell < count * stride; cell += stride) {
      const from = starts[cell + order] as number;
      const length = (ends[cell + order] as number) - from;
      const isNext = this.#orderTo - this.#orderFrom === length && isSame(text, from, this.#orderFrom, length);
      if (!isNext || this.#records === 0) this.#beginRun(from, from + length);
      if (this.#records === this.#starts.length) this.#growRecords();
      this.#starts[this.#records] = starts[cell + product] as number;
      this.#ends[this.#records] = ends[cell + product] as number;
      this.#number(this.#records);
      this.#records += 1;
    }
  }

  /** Among the first `records` of the text. */
  repeats(records: number): Repeats {
    const together = this.#repeated.filter(({ order }) => !this.#torn.has(order));
    this.#repeated = [];
    if (this.#torn.size > 0) this.#numberTorn();
    const all = [...together, ...this.#repeated].filter(({ record }) => record < records);
    return { records: all.map(({ record }) => record), numbers: all.map(({ number }) => number) };
  }

  #beginRun(from: number, to: number): void {
    this.#orderFrom = from;
    this.#orderTo = to;
    const known = this.#orders.count;
    const order = this.#orders.numberOf(this.#text, from, to);
    if (order < known) this.#torn.add(order);
    if (this.#runs === this.#runOrders.length) {
      this.#runOrders = longer(this.#runOrders);
      this.#runStarts = longer(this.#runStarts);
    }
    this.#runOrders[this.#runs] = order;
    this.#runStarts[this.#runs] = this.#records;
    this.#runs += 1;
    this.#lines.begin(order);
  }

  #number(record: number): void {
    const { order } = this.#lines;
    const [from, to] = [this.#starts[record] as number, this.#ends[record] as number];
    const number = this.#lines.add(this.#text, from, to, record);
    if (number === 1) return;
    if (number === 2) this.#repeated.push({ order, record: this.#lines.firstRecord, number: 1 });
    this.#repeated.push({ order, record, number });
  }

  /** Numbers the lines of orders that come again, all of one order after the other. */
  #numberTorn(): void {
    const runs = Array.from({ length: this.#runs }, (_, run) => run);
    const torn = runs.filter((run) => this.#torn.has(this.#runOrders[run] as number));
    for (const [order, own] of Map.groupBy(torn, (run) => this.#runOrders[run] as number)) {
      this.#lines.begin(order);
      for (const run of own) {
        const end = run + 1 < this.#runs ? (this.#runStarts[run + 1] as number) : this.#records;
        for (let record = this.#runStarts[run] as number; record < end; record += 1) this.#number(record);
      }
    }
  }

  #growRecords(): void {
    this.#starts = longer(this.#starts);
    this.#ends = longer(this.#ends);
  }
}
