import type { CellBlock } from './cell-judge.ts';

const quoteMark = 0x22;
const space = 0x20;

/** Gathers the distinct cells of one column of a text, as another reader sees them; empty ones left out. */
export class DistinctCells {
  #text: Buffer = Buffer.alloc(0);
  /** Number of a cell, from 1, by its hash; 0 where there is none. Twice as long as cells are known, or longer. */
  #slots = new Int32Array(1 << 12);
  #starts = new Int32Array(1 << 11);
  #ends = new Int32Array(1 << 11);
  count = 0;
  #isClear = true;

  begin(): void {
    this.#slots.fill(0);
    this.count = 0;
    this.#isClear = true;
  }

  /** Undefined where a cell holds a quote or a control character: only the engine itself says what it reads then. */
  get cells(): readonly string[] | undefined {
    if (!this.#isClear) return undefined;
    return Array.from({ length: this.count }, (_, at) => this.#text.toString('utf8', this.#starts[at], this.#ends[at]));
  }

  /** Takes note of the cells at a place of the records. */
  add({ text, starts, ends, stride, count }: CellBlock, place: number): void {
    const behind = count * stride;
    for (let cell = place; cell < behind; cell += stride) {
      const from = starts[cell] as number;
      const to = ends[cell] as number;
      if (from < to) this.numberOf(text, from, to);
    }
  }

  /** Number of a cell among those that are known, from 0; a new one is the last. */
  numberOf(text: Buffer, from: number, to: number): number {
    this.#text = text;
    const slots = this.#slots;
    const last = slots.length - 1;
    for (let slot = cellHash(text, from, to) & last; ; slot = (slot + 1) & last) {
      const known = (slots[slot] as number) - 1;
      if (known < 0) {
        slots[slot] = this.count + 1;
        this.#keep(from, to);
        return this.count - 1;
      }
      const start = this.#starts[known] as number;
      if ((this.#ends[known] as number) - start === to - from && isSame(text, from, start, to - from)) return known;
    }
  }

  #keep(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const byte = this.#text[at] as number;
      if (byte < space || byte === quoteMark) this.#isClear = false;
    }
    this.#starts[this.count] = from;
    this.#ends[this.count] = to;
    this.count += 1;
    if (this.count === this.#starts.length) this.#grow();
  }

  #grow(): void {
    this.#starts = longer(this.#starts);
    this.#ends = longer(this.#ends);
    this.#slots = new Int32Array(this.#slots.length * 2);
    const last = this.#slots.length - 1;
    for (let known = 0; known < this.count; known += 1) {
      let slot = cellHash(this.#text, this.#starts[known] as number, this.#ends[known] as number) & last;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & last;
      this.#slots[slot] = known + 1;
    }
  }
}

/** FNV-1a over the bytes of a cell. */
export function cellHash(text: Buffer, from: number, to: number, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (text[at] as number), 0x01000193);
  // The low bits of the product know little of the high ones.
  return hash ^ (hash >>> 15);
}

/** Whether two stretches of a text hold the same bytes. */
export function isSame(text: Buffer, from: number, otherFrom: number, length: number): boolean {
  // The end of an order's number differs sooner than its beginning.
  for (let at = length - 1; at >= 0; at -= 1) if (text[from + at] !== text[otherFrom + at]) return false;
  return true;
}

export function longer(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(numbers.length * 2);
  copy.set(numbers);
  return copy;
}
