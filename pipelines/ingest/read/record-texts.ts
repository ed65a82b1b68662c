/** Bytes of one dialect that the scan needs; `quote` undefined where no field is quoted. */
export interface ScanMarks {
  readonly delimiter: number;
  readonly quote: number | undefined;
  /** No field is quoted in the file: the quote stands only in what was written anew. */
  readonly areQuotesLetters?: boolean;
  /** A lone carriage return ends a record too. */
  readonly doReturnsEnd?: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Offset of each wanted record (ordinals ascending, empty lines not counted), as text without its line end. */
export function recordTexts(text: Buffer, marks: ScanMarks, wanted: readonly number[]): string[] {
  const cursor = new QuoteCursor(text, marks);
  const found: string[] = [];
  let start = 0;
  let at = 0;
  while (start < text.length && found.length < wanted.length) {
    const lineEnd = cursor.recordEnd(start);
    const end = lineEnd < 0 ? text.length : lineEnd;
    if (!isEmptyLine(text, start, end)) {
      if (at === wanted[found.length]) found.push(text.toString('utf8', start, trimReturn(text, start, end)));
      at += 1;
    }
    start = end + 1;
  }
  return found;
}

function trimReturn(text: Buffer, start: number, end: number): number {
  return end > start && text[end - 1] === carriageReturn ? end - 1 : end;
}

function isEmptyLine(text: Buffer, start: number, end: number): boolean {
  return trimReturn(text, start, end) === start;
}

/** Walks over a text, from record to record; looks for the next quote once, not once per record. */
class QuoteCursor {
  readonly #text: Buffer;
  readonly #marks: ScanMarks;
  #nextQuote: number;

  constructor(text: Buffer, marks: ScanMarks) {
    this.#text = text;
    this.#marks = marks;
    this.#nextQuote = this.#quoteFrom(0);
  }

  /** Offset of the line end, or -1. */
  recordEnd(start: number): number {
    let at = start;
    for (;;) {
      const end = this.#lineEnd(at);
      const quote = this.#quoteAfter(at);
      if (quote >= (end < 0 ? this.#text.length : end)) return end;
      at = this.#behindQuote(quote, start);
      if (at < 0) return -1;
    }
  }

  /** Behind the quoted field that opens here, or behind a quote that is a letter; -1 where the field does not close. */
  #behindQuote(quote: number, recordStart: number): number {
    if (quote !== recordStart && this.#text[quote - 1] !== this.#marks.delimiter) return quote + 1;
    const closing = this.#closingQuote(quote);
    return closing < 0 ? -1 : closing + 1;
  }

  #lineEnd(start: number): number {
    if (!this.#marks.doReturnsEnd) return this.#text.indexOf(lineFeed, start);
    for (let at = start; at < this.#text.length; at += 1) {
      if (this.#text[at] === lineFeed || this.#text[at] === carriageReturn) return at;
    }
    return -1;
  }

  #quoteAfter(at: number): number {
    if (this.#nextQuote < at) this.#nextQuote = this.#quoteFrom(at);
    return this.#nextQuote;
  }

  #quoteFrom(at: number): number {
    if (this.#marks.quote === undefined) return this.#text.length;
    const found = this.#text.indexOf(this.#marks.quote, at);
    return found < 0 ? this.#text.length : found;
  }

  #closingQuote(opening: number): number {
    const mark = this.#marks.quote ?? 0;
    let at = this.#text.indexOf(mark, opening + 1);
    while (at >= 0 && this.#text[at + 1] === mark) at = this.#text.indexOf(mark, at + 2);
    return at;
  }
}
