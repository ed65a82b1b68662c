/** What takes the place of a stretch: another line end, or what was made of a record or an empty line. */
export type EditKind = 'line_end' | 'record' | 'field_count' | 'undecodable' | 'empty_line';

export interface Edit {
  readonly start: number;
  /** Behind the last letter of the record. */
  readonly rawEnd: number;
  /** Behind its line end. */
  readonly end: number;
  /** Ordinal, among those of the text, of the record that is written anew; or of the one behind an empty line. */
  readonly ordinal: number;
  readonly kind: EditKind;
  /** How the record departs from a clean table, where it does. */
  readonly departure: string | undefined;
}

const kinds: readonly EditKind[] = ['line_end', 'record', 'field_count', 'undecodable', 'empty_line'];
/** Numbers that are kept of an edit: start, raw end, end, ordinal, end of its text, kind, departure. */
const stride = 7;

/**
 * Stretches of a text that others replace, in order. There may be as many as records, so they are kept as bare numbers, and
 * their memory is used again for the next text.
 */
export class TextEdits {
  count = 0;
  /** Whether one may stand for a record that is no row of the table. */
  hasMisfits = false;
  #numbers = new Int32Array(stride << 8);
  /** What takes their places, one behind the other. */
  #anew: Buffer = Buffer.allocUnsafeSlow(1 << 14);
  readonly #departures: (string | undefined)[] = [];

  clear(): void {
    this.count = 0;
    this.hasMisfits = false;
  }

  add({ start, rawEnd, end, ordinal, kind, departure }: Edit, text: string): void {
    const at = this.count * stride;
    if (at === this.#numbers.length) this.#numbers = longerNumbers(this.#numbers);
    const from = this.textStart(this.count);
    this.#reserve(from + text.length * 3);
    const numbers = this.#numbers;
    numbers[at] = start;
    numbers[at + 1] = rawEnd;
    numbers[at + 2] = end;
    numbers[at + 3] = ordinal;
    numbers[at + 4] = from + (kind === 'line_end' ? this.#writeAscii(text, from) : this.#anew.write(text, from));
    numbers[at + 5] = kinds.indexOf(kind);
    numbers[at + 6] = this.#departure(departure);
    if (kind === 'field_count' || kind === 'undecodable') this.hasMisfits = true;
    this.count += 1;
  }

  /** Forgets the edits from a place of the source on. */
  cut(end: number): void {
    while (this.count > 0 && this.start(this.count - 1) >= end) this.count -= 1;
  }

  /** Offset of an edit in the source; `end`: behind it. */
  start(at: number): number {
    return this.#numbers[at * stride] as number;
  }

  end(at: number): number {
    return this.#numbers[at * stride + 2] as number;
  }

  /** What takes the places of all stretches. */
  get texts(): Buffer {
    return this.#anew;
  }

  /** Offset in `texts` of what takes the place of an edit; it ends where that of the next begins. */
  textStart(at: number): number {
    return at === 0 ? 0 : (this.#numbers[(at - 1) * stride + 4] as number);
  }

  isLineEnd(at: number): boolean {
    return this.#numbers[at * stride + 5] === 0;
  }

  edit(edit: number): Edit {
    const numbers = this.#numbers;
    const at = edit * stride;
    return {
      start: numbers[at] as number,
      rawEnd: numbers[at + 1] as number,
      end: numbers[at + 2] as number,
      ordinal: numbers[at + 3] as number,
      kind: kinds[numbers[at + 5] as number] ?? 'record',
      departure: this.#departures[numbers[at + 6] as number],
    };
  }

  /** Without the call into the platform, which takes longer than a letter or two. */
  #writeAscii(text: string, from: number): number {
    for (let at = 0; at < text.length; at += 1) this.#anew[from + at] = text.charCodeAt(at);
    return text.length;
  }

  #departure(code: string | undefined): number {
    const known = this.#departures.indexOf(code);
    return known < 0 ? this.#departures.push(code) - 1 : known;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#anew.length) return;
    const longer = Buffer.allocUnsafeSlow(bytes * 2);
    this.#anew.copy(longer);
    this.#anew = longer;
  }
}

function longerNumbers(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(numbers.length * 2);
  longer.set(numbers);
  return longer;
}
