/** A text and the offset behind it. */
export interface BiffText {
  readonly text: string;
  readonly end: number;
}

/** A text as BIFF8 writes it: length in `lengthBytes`, flags, then one or two bytes for each letter. */
export function biffText(body: Buffer, at: number, lengthBytes: 1 | 2): BiffText {
  const length = lengthBytes === 1 ? body.readUInt8(at) : body.readUInt16LE(at);
  const reader = new BiffStringReader([body.subarray(at + lengthBytes)]);
  const text = reader.read(length);
  return { text, end: at + lengthBytes + reader.consumed };
}

/** The shared texts of a workbook: one record and its continuations, in which a text may be cut anywhere. */
export function sharedTexts(pieces: readonly Buffer[]): string[] {
  const [first] = pieces;
  if (first === undefined) return [];
  const count = first.readUInt32LE(4);
  const reader = new BiffStringReader([first.subarray(8), ...pieces.slice(1)]);
  const texts: string[] = [];
  while (texts.length < count && !reader.isAtEnd) texts.push(reader.read(reader.number(2)));
  return texts;
}

class BiffStringReader {
  consumed = 0;
  readonly #pieces: readonly Buffer[];
  #piece = 0;
  #at = 0;

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces;
  }

  get isAtEnd(): boolean {
    this.#settle();
    return this.#pieces[this.#piece] === undefined;
  }

  number(bytes: 1 | 2 | 4): number {
    let value = 0;
    for (let place = 0; place < bytes; place += 1) value += this.#byte() * 256 ** place;
    return value;
  }

  /** Flags, counts of formatting runs, letters, runs. A continuation inside the letters starts with flags of its own. */
  read(length: number): string {
    const flags = this.number(1);
    const runs = (flags & 0x08) === 0 ? 0 : this.number(2);
    const extension = (flags & 0x04) === 0 ? 0 : this.number(4);
    const text = this.#letters(length, (flags & 0x01) === 1);
    this.#skip(runs * 4 + extension);
    return text;
  }

  #letters(length: number, startsWide: boolean): string {
    let width: 1 | 2 = startsWide ? 2 : 1;
    let text = this.#lettersHere(length, width);
    while (text.length < length) {
      if (this.isAtEnd || this.#at > 0) throw new RangeError('a text is cut off');
      width = (this.#byte() & 0x01) === 1 ? 2 : 1;
      text += this.#lettersHere(length - text.length, width);
    }
    return text;
  }

  /** As many of the letters as this piece holds. */
  #lettersHere(most: number, width: 1 | 2): string {
    const rest = this.#rest();
    const bytes = Math.min(most, Math.floor(rest.length / width)) * width;
    this.#advance(bytes);
    return rest.toString(width === 2 ? 'utf16le' : 'latin1', 0, bytes);
  }

  #skip(bytes: number): void {
    for (let left = bytes; left > 0 && !this.isAtEnd; ) {
      const step = Math.min(left, this.#rest().length);
      this.#advance(step);
      left -= step;
    }
  }

  #byte(): number {
    this.#settle();
    const value = this.#pieces[this.#piece]?.[this.#at];
    if (value === undefined) throw new RangeError('a text is cut off');
    this.#advance(1);
    return value;
  }

  #rest(): Buffer {
    return this.#pieces[this.#piece]?.subarray(this.#at) ?? Buffer.alloc(0);
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.consumed += bytes;
  }

  #settle(): void {
    while (this.#at >= (this.#pieces[this.#piece]?.length ?? Number.POSITIVE_INFINITY)) {
      this.#piece += 1;
      this.#at = 0;
    }
  }
}
