/** A stretch of a text that is written anew. */
export interface Mend {
  readonly start: number;
  /** Behind the last letter of the record. */
  readonly rawEnd: number;
  /** Behind its line end. */
  readonly end: number;
  /** Ordinal, among those of the text, of the record that is written anew; or of the one behind an empty line. */
  readonly ordinal: number;
  /** `line_end`: only that of the record is replaced; `empty_line`: no record stands there. */
  readonly kind: 'record' | 'field_count' | 'line_end' | 'empty_line';
  /** How the record departs from a clean table, where it does. */
  readonly departure: string | undefined;
}

/** A text as the engine is to read it. */
export interface MendedText {
  readonly text: Buffer;
  /** In the order of the text. */
  readonly mends: readonly Mend[];
  /** Only the records that were written anew. */
  readonly anew: Buffer;
}

/** Room for what quotes and line ends add. */
const spareBytes = 1 << 16;

/** Copies a text from mend to mend; as long as there is none, nothing is copied. */
export class TextCopy {
  readonly #source: Buffer;
  readonly #mends: Mend[] = [];
  /** Where each mend begins and ends in the copy. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #copy: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Up to here the source is copied or replaced. */
  #copied = 0;

  constructor(source: Buffer) {
    this.#source = source;
  }

  /** Puts a text in place of a stretch; stretches follow each other. */
  replace(mend: Mend, text: string): void {
    this.#copyTo(mend.start, text.length * 3);
    this.#starts.push(this.#length);
    this.#length += this.#copy.write(text, this.#length);
    this.#copied = mend.end;
    this.#mends.push(mend);
    this.#ends.push(this.#length);
  }

  /** The text up to an offset at which a record of the source starts. */
  finish(end: number): MendedText {
    const kept = this.#mends.findLastIndex(({ start }) => start < end) + 1;
    if (kept === 0) return { text: this.#source.subarray(0, end), mends: [], anew: Buffer.alloc(0) };
    this.#length = this.#ends[kept - 1] ?? 0;
    this.#copied = this.#mends[kept - 1]?.end ?? 0;
    this.#copyTo(end, 0);
    const mends = this.#mends.slice(0, kept);
    return { text: this.#copy.subarray(0, this.#length), mends, anew: this.#anew(mends) };
  }

  /** Records that follow each other are taken together. */
  #anew(mends: readonly Mend[]): Buffer {
    const stretches: Buffer[] = [];
    let [start, end] = [0, 0];
    for (const [at, { kind }] of mends.entries()) {
      if (kind === 'line_end') continue;
      if (this.#starts[at] !== end) {
        stretches.push(this.#copy.subarray(start, end));
        start = this.#starts[at] ?? 0;
      }
      end = this.#ends[at] ?? 0;
    }
    const last = this.#copy.subarray(start, end);
    return stretches.length === 0 ? last : Buffer.concat([...stretches, last]);
  }

  #copyTo(end: number, more: number): void {
    const length = end - this.#copied;
    this.#reserve(this.#length + length + more);
    this.#length += this.#source.copy(this.#copy, this.#length, this.#copied, end);
    this.#copied = end;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#copy.length) return;
    const roomier = Buffer.allocUnsafe(Math.max(this.#source.length + spareBytes, bytes + (bytes >> 1)));
    this.#copy.copy(roomier, 0, 0, this.#length);
    this.#copy = roomier;
  }
}
