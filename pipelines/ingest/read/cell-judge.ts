import type { CellFacts, EdgeBlanks } from '../sql/cell-facts.ts';
import type { PlainShape } from '../sql/plain-shape.ts';

const space = 0x20;
const quoteMark = 0x22;
const apostrophe = 0x27;
const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const equals = 0x3d;

/** The cells of one column of a block of records: where they stand in the text, `stride` apart. */
export interface CellBlock {
  readonly text: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly stride: number;
  readonly count: number;
}

/** Gathers what all cells of one column of a text have in common. A cell is judged by its bytes, without its quotes. */
export class CellJudge {
  readonly #shape: PlainShape | undefined;
  readonly #layout: Buffer;
  readonly #words: readonly Buffer[];
  readonly #longestWord: number;
  readonly #wordStarts = new Uint8Array(256);
  #isPlain = true;
  #mayBeEmpty = false;
  #mayBeWord = false;
  #leading = 0;
  #trailing = 0;
  #hours = new Set<number>();
  #lastHour = 0;

  constructor(shape: PlainShape | undefined, nullWords: readonly string[]) {
    this.#shape = shape;
    this.#layout = Buffer.from(shape?.kind === 'layout' ? shape.layout : '');
    this.#words = nullWords.map((word) => Buffer.from(word.trim())).filter(({ length }) => length > 0);
    this.#longestWord = Math.max(0, ...this.#words.map(({ length }) => length));
    for (const [first = 0] of this.#words) this.#wordStarts[first] = 1;
  }

  begin(): void {
    this.#isPlain = true;
    this.#mayBeEmpty = false;
    this.#mayBeWord = false;
    this.#leading = 0;
    this.#trailing = 0;
    this.#hours = new Set();
    this.#lastHour = 0;
  }

  get facts(): CellFacts {
    // Blanks of several bytes are only seen at the edge: what stands behind them was not looked at.
    const isUnclear = this.#leading === widest || this.#trailing === widest;
    const isPlain = this.#shape !== undefined && this.#isPlain && !isUnclear;
    return {
      isPlain,
      ...(isPlain && this.#hours.size > 0 && { hours: this.#hours }),
      mayBeEmpty: this.#mayBeEmpty || isUnclear,
      mayBeWord: this.#mayBeWord || isUnclear,
      leading: edges[this.#leading] ?? 'any',
      trailing: edges[this.#trailing] ?? 'any',
    };
  }

  /**
   * Takes note of the cells at a place of the records, and leaves their offsets without the spaces around them; true where
   * one of them holds nothing but spaces.
   */
  judge(block: CellBlock, place: number): boolean {
    const sawEmpty = this.#judgeEdges(block, place);
    if (sawEmpty) this.#mayBeEmpty = true;
    if (this.#isPlain && this.#shape !== undefined) this.#isPlain = this.#haveShape(this.#shape, block, place);
    return sawEmpty;
  }

  #judgeEdges({ text, starts, ends, stride, count }: CellBlock, place: number): boolean {
    const longestWord = this.#longestWord;
    const wordStarts = this.#wordStarts;
    const behind = count * stride;
    let sawEmpty = false;
    for (let cell = place; cell < behind; cell += stride) {
      let from = starts[cell] as number;
      let to = ends[cell] as number;
      // Most cells begin and end with a letter or digit of one byte.
      if (from < to && !(isInner(text[from] as number) && isInner(text[to - 1] as number))) {
        from = starts[cell] = this.#trimStart(text, from, to);
        to = ends[cell] = this.#trimEnd(text, from, to);
      }
      if (from === to) sawEmpty = true;
      else if (to - from <= longestWord && wordStarts[text[from] as number] === 1) this.#compareWords(text, from, to);
    }
    return sawEmpty;
  }

  #trimStart(text: Buffer, start: number, end: number): number {
    let from = start;
    while (from < end && (text[from] as number) <= space) from += 1;
    if (from !== start) this.#leading = Math.max(this.#leading, blanks(text, start, from));
    if (from < end && isWideBlank(text, from)) this.#leading = widest;
    return from;
  }

  #trimEnd(text: Buffer, start: number, end: number): number {
    let to = end;
    while (to > start && (text[to - 1] as number) <= space) to -= 1;
    if (to !== end) this.#trailing = Math.max(this.#trailing, blanks(text, to, end));
    if (to > start && endsInWideBlank(text, to)) this.#trailing = widest;
    return to;
  }

  #compareWords(text: Buffer, from: number, to: number): void {
    if (this.#mayBeWord) return;
    this.#mayBeWord = this.#words.some((word) => word.length === to - from && word.compare(text, from, to) === 0);
  }

  /** Whether all cells that are not empty have the column's plain shape. */
  #haveShape(shape: PlainShape, block: CellBlock, place: number): boolean {
    switch (shape.kind) {
      case 'number':
        return everyCell(block, place, (text, from, to) => isPlainNumber(text, from, to, shape));
      case 'layout':
        return everyCell(block, place, (text, from, to) => {
          if (!isInLayout(text, from, to, this.#layout)) return false;
          const hour = hourAt(text, from, to);
          // Times of neighbours mostly lie in one hour.
          if (hour !== this.#lastHour) this.#hours.add(hour);
          this.#lastHour = hour;
          return true;
        });
      case 'code':
        return everyCell(block, place, isPlainCode);
    }
  }
}

function everyCell(
  { text, starts, ends, stride, count }: CellBlock,
  place: number,
  isPlain: (text: Buffer, from: number, to: number) => boolean,
): boolean {
  const behind = count * stride;
  for (let cell = place; cell < behind; cell += stride) {
    const from = starts[cell] as number;
    const to = ends[cell] as number;
    if (from < to && !isPlain(text, from, to)) return false;
  }
  return true;
}

/** Neither a blank nor a part of one that takes several bytes. */
function isInner(byte: number): boolean {
  return byte > space && byte < 0x80;
}

/** Spaces only, or others among them. */
function blanks(text: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += 1) if (text[at] !== space) return 2;
  return 1;
}

const edges: readonly EdgeBlanks[] = ['none', 'space', 'ascii', 'any'];
const widest = 3;

/** Whether one of the blanks that take several bytes stands at an offset. */
function isWideBlank(text: Buffer, at: number): boolean {
  const first = text[at];
  const second = text[at + 1];
  const third = text[at + 2];
  if (first === 0xc2) return second === 0xa0;
  if (first === 0xe2) return second === 0x80 && (third === 0x87 || third === 0xaf || third === 0x8b);
  if (first === 0xe3) return second === 0x80 && third === 0x80;
  return first === 0xef && second === 0xbb && third === 0xbf;
}

function endsInWideBlank(text: Buffer, end: number): boolean {
  return isWideBlank(text, end - 3) || isWideBlank(text, end - 2);
}

/** Digits with at most one point among them and at most one minus before. */
function isPlainNumber(
  text: Buffer,
  from: number,
  to: number,
  { wholeDigits, decimals }: { readonly wholeDigits: number; readonly decimals: number },
): boolean {
  const start = text[from] === minus ? from + 1 : from;
  let at = start;
  while (at < to && isDigit(text[at])) at += 1;
  if (at === start || at - start > wholeDigits) return false;
  if (at === to) return true;
  const fraction = at + 1;
  if (text[at] !== point || fraction === to || to - fraction > decimals) return false;
  for (at = fraction; at < to; at += 1) if (!isDigit(text[at])) return false;
  return true;
}

function isInLayout(text: Buffer, from: number, to: number, layout: Buffer): boolean {
  if (to - from !== layout.length || !isLikelyYear(text, from)) return false;
  for (let at = 0; at < layout.length; at += 1) {
    const byte = text[from + at];
    const wanted = layout[at];
    if (wanted === nine ? !isDigit(byte) : byte !== wanted && !(wanted === plus && byte === minus)) return false;
  }
  return true;
}

/** The hour of a time that is written year first, each part in its usual digits; the first of the day for a date. */
function hourAt(text: Buffer, from: number, to: number): number {
  const year = twoDigits(text, from) * 100 + twoDigits(text, from + 2);
  const day = (year * 100 + twoDigits(text, from + 5)) * 100 + twoDigits(text, from + 8);
  return day * 100 + (to - from > 10 ? twoDigits(text, from + 11) : 0);
}

function twoDigits(text: Buffer, at: number): number {
  return ((text[at] as number) - zero) * 10 + (text[at + 1] as number) - zero;
}

/** 1901 to 2198: what no check of a date would refuse. Of the years at the edges, an offset may leave another one. */
function isLikelyYear(text: Buffer, at: number): boolean {
  const first = text[at];
  const second = text[at + 1];
  if (first === 0x31) return second === nine && !(text[at + 2] === zero && text[at + 3] === zero);
  return first === 0x32 && (second === zero || (second === 0x31 && !(text[at + 2] === nine && text[at + 3] === nine)));
}

/** Neither `="00123"` nor `'00123`, neither `13085.0` nor `1.2E+17`. */
function isPlainCode(text: Buffer, from: number, to: number): boolean {
  const first = text[from];
  const last = text[to - 1];
  if (first === equals || first === apostrophe || last === quoteMark) return false;
  if (last === zero && to - from > 1 && text[to - 2] === point) return false;
  for (let at = from; at < to; at += 1) if (text[at] === plus) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}
