import { cellHash, isSame, longer } from './distinct-cells.ts';

/** The products of one order's lines, and how often each has occurred so far. One order at a time, in the same memory. */
export class OrderLines {
  order = 0;
  /** Record of the line that was the first to name the product of the one added last. */
  firstRecord = 0;
  #count = 0;
  #starts = new Int32Array(512);
  #ends = new Int32Array(512);
  #records = new Int32Array(512);
  #occurrences = new Int32Array(512);
  /** Line by the hash of its product; a slot that was filled for another turn is empty. */
  #slots = new Int32Array(1024);
  #turnOfSlot = new Int32Array(1024);
  #turn = 0;

  begin(order: number): void {
    this.order = order;
    this.#turn += 1;
    this.#count = 0;
  }

  /** Adds the line whose product stands between two offsets; how often the product has occurred now. */
  add(text: Buffer, from: number, to: number, record: number): number {
    const line = this.#firstLike(text, from, to);
    if (line === this.#count) {
      this.#starts[line] = from;
      this.#ends[line] = to;
      this.#records[line] = record;
      this.#occurrences[line] = 0;
      this.#count += 1;
      if (this.#count === this.#starts.length) this.#grow(text);
    }
    this.firstRecord = this.#records[line] as number;
    const number = (this.#occurrences[line] as number) + 1;
    this.#occurrences[line] = number;
    return number;
  }

  /** The line with the same product; the next one's place, which is taken at once, where there is none. */
  #firstLike(text: Buffer, from: number, to: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = cellHash(text, from, to) & last; ; slot = (slot + 1) & last) {
      if (this.#turnOfSlot[slot] !== this.#turn) {
        this.#turnOfSlot[slot] = this.#turn;
        slots[slot] = this.#count;
        return this.#count;
      }
      const known = slots[slot] as number;
      const start = this.#starts[known] as number;
      if ((this.#ends[known] as number) - start === to - from && isSame(text, from, start, to - from)) return known;
    }
  }

  #grow(text: Buffer): void {
    this.#starts = longer(this.#starts);
    this.#ends = longer(this.#ends);
    this.#records = longer(this.#records);
    this.#occurrences = longer(this.#occurrences);
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#turnOfSlot = new Int32Array(this.#slots.length);
    const last = this.#slots.length - 1;
    for (let line = 0; line < this.#count; line += 1) {
      let slot = cellHash(text, this.#starts[line] as number, this.#ends[line] as number) & last;
      while (this.#turnOfSlot[slot] === this.#turn) slot = (slot + 1) & last;
      this.#turnOfSlot[slot] = this.#turn;
      this.#slots[slot] = line;
    }
  }
}
