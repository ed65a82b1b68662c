import type { BufferPool } from './buffer-pool.ts';

/** A stretch of a text that is written anew. */
export interface Mend {
  readonly start: number;
  /** Behind the last letter of the record. */
  readonly rawEnd: number;
  /** Behind its line end. */
  readonly end: number;
  /** Ordinal, among those of the text, of the record that is written anew; or of the one behind an empty line. */
  readonly ordinal: number;
  /** `field_count`: a record with too few or too many fields; `empty_line`: no record stands there. */
  readonly kind: 'record' | 'field_count' | 'empty_line';
  /** How the record departs from a clean table, where it does. */
  readonly departure: string | undefined;
}

/** A text as the engine is to read it. */
export interface MendedText {
  readonly text: Buffer;
  /** In the order of the text. */
  readonly mends: readonly Mend[];
  /** Records of which only the line end was replaced: how many, and the ordinal of the first. */
  readonly lineEnds: { readonly count: number; readonly first: number };
  /** Only the records that were written anew. */
  readonly anew: Buffer;
  /** Gives the memory of the text back. */
  release(): void;
}

/** A text in which nothing needs mending. */
export function unmended(text: Buffer): MendedText {
  return { text, mends: [], lineEnds: { count: 0, first: 0 }, anew: noText, release: () => undefined };
}

const noText = Buffer.alloc(0);
/** Room for what quotes and line ends add. */
const spareBytes = 1 << 16;

/** Copies a text from mend to mend; as long as there is none, nothing is copied. */
export class TextCopy {
  readonly #source: Buffer;
  readonly #pool: BufferPool;
  /** Stretches that were replaced; undefined for a line end alone, of which there may be very many. */
  readonly #mends: (Mend | undefined)[] = [];
  /** Where each begins and ends in the source, and in the copy. */
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #firstLineEnd: number | undefined;
  #copy: Buffer = noText;
  #length = 0;
  /** Up to here the source is copied or replaced. */
  #copied = 0;

  constructor(source: Buffer, pool: BufferPool) {
    this.#source = source;
    this.#pool = pool;
  }

  /** Puts a record, with its line end, in place of another; whatever is replaced follows in order. */
  replace(mend: Mend, text: string): void {
    this.#write(mend.start, mend.end, text);
    this.#mends.push(mend);
  }

  /** Puts a line end in place of another. */
  replaceLineEnd(
    start: number,
    end: number,
    { text, ordinal }: { readonly text: string; readonly ordinal: number },
  ): void {
    this.#firstLineEnd ??= ordinal;
    this.#write(start, end, text);
    this.#mends.push(undefined);
  }

  /** The text up to an offset at which a record of the source starts. */
  finish(end: number): MendedText {
    const kept = this.#from.findLastIndex((start) => start < end) + 1;
    if (kept === 0) return unmended(this.#source.subarray(0, end));
    this.#length = this.#ends[kept - 1] ?? 0;
    this.#copied = this.#to[kept - 1] ?? 0;
    this.#copyTo(end, 0);
    const mends = this.#mends.slice(0, kept).filter((mend) => mend !== undefined);
    const copy = this.#copy;
    return {
      text: copy.subarray(0, this.#length),
      mends,
      lineEnds: { count: kept - mends.length, first: this.#firstLineEnd ?? 0 },
      anew: this.#anew(kept),
      release: () => this.#pool.giveBack(copy),
    };
  }

  #write(start: number, end: number, text: string): void {
    this.#copyTo(start, text.length * 3);
    this.#from.push(start);
    this.#to.push(end);
    this.#starts.push(this.#length);
    this.#length += this.#copy.write(text, this.#length);
    this.#ends.push(this.#length);
    this.#copied = end;
  }

  #anew(kept: number): Buffer {
    let length = 0;
    for (let at = 0; at < kept; at += 1) if (this.#mends[at] !== undefined) length += this.#lengthOf(at);
    const anew = Buffer.allocUnsafe(length);
    let end = 0;
    for (let at = 0; at < kept; at += 1) {
      if (this.#mends[at] !== undefined) end += this.#copy.copy(anew, end, this.#starts[at], this.#ends[at]);
    }
    return anew;
  }

  #lengthOf(at: number): number {
    return (this.#ends[at] ?? 0) - (this.#starts[at] ?? 0);
  }

  #copyTo(end: number, more: number): void {
    const length = end - this.#copied;
    this.#reserve(this.#length + length + more);
    this.#length += this.#source.copy(this.#copy, this.#length, this.#copied, end);
    this.#copied = end;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#copy.length) return;
    const old = this.#copy;
    this.#copy = this.#pool.take(Math.max(this.#source.length + spareBytes, bytes + (bytes >> 1)));
    old.copy(this.#copy, 0, 0, this.#length);
    if (old.length > 0) this.#pool.giveBack(old);
  }
}
