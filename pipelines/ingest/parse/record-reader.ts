import type { Dialect } from '../detect/dialect.ts';
import { readDamagedLine, unescapeField } from './damaged-line.ts';

/** One record as it stands in the file; `fields` are unquoted and unescaped, otherwise untouched. */
export interface TableRecord {
  /** Physical line on which the record starts, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
  /** The record's text without its line end. */
  readonly raw: string;
  /** How the record departs from its dialect, where it does. */
  readonly fault?: RecordFault;
}

/**
 * `stray_quote`: quotes do not add up, the likeliest reading was taken. `unclosed_quote`: a quote opens and never closes, it
 * was read as a letter. `oversized`: longer than a record may be, cut there. `doubtful_line_break`: a quoted cell holds
 * whole lines that could be records of their own.
 */
export type RecordFault = 'stray_quote' | 'unclosed_quote' | 'oversized' | 'doubtful_line_break';

export interface RecordReaderOptions {
  /** Fields of a regular record; 0 where it is not known yet. */
  readonly width: number;
  /** Characters that one record may have before it is cut; keeps an unclosed quote from swallowing the file. */
  readonly longestRecord?: number;
}

interface Scan {
  readonly outcome: 'record' | 'fault' | 'more';
  readonly fields: string[];
  /** End of the record's text, and start of the next record. */
  readonly end: number;
  readonly next: number;
}

interface QuotedField {
  readonly value: string;
  readonly after: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const noMark = Number.MAX_SAFE_INTEGER;

/**
 * Cuts decoded text into records, chunk by chunk, in bounded memory. Damaged quoting is contained: a record that cannot
 * be read as its dialect says is read again on its own line, and reported.
 */
export class RecordReader {
  readonly #dialect: Dialect;
  readonly #width: number;
  readonly #longest: number;
  readonly #anyReturn: boolean;
  #text = '';
  #position = 0;
  #line = 1;
  /** First quote at or after the position; looked for once, not once per record. */
  #nextQuote = -1;

  constructor(dialect: Dialect, options: RecordReaderOptions) {
    this.#dialect = dialect;
    this.#width = options.width;
    this.#longest = options.longestRecord ?? 1 << 20;
    this.#anyReturn = dialect.newline === '\r' || dialect.newline === 'mixed';
  }

  /** Takes the next piece of decoded text and returns the records that it completes. */
  push(text: string): TableRecord[] {
    this.#text = this.#position < this.#text.length ? this.#text.slice(this.#position) + text : text;
    this.#position = 0;
    this.#nextQuote = -1;
    return this.#drain(false);
  }

  /** Returns what the end of the text completes. */
  end(): TableRecord[] {
    const records = this.#drain(true);
    this.#text = '';
    return records;
  }

  #drain(isLast: boolean): TableRecord[] {
    const records: TableRecord[] = [];
    while (this.#position < this.#text.length) {
      const record = this.#next(isLast);
      if (record === undefined) break;
      records.push(record);
    }
    return records;
  }

  #next(isLast: boolean): TableRecord | undefined {
    const start = this.#position;
    const lineEnd = this.#lineEnd(start, isLast);
    if (lineEnd < 0) return this.#text.length - start > this.#longest ? this.#cut(start) : undefined;
    if (!this.#needsScan(start, lineEnd)) {
      const raw = this.#text.slice(start, lineEnd);
      return this.#take(raw, this.#split(raw), this.#afterLine(lineEnd));
    }
    const scan = this.#scan(start, isLast);
    if (scan.outcome === 'more' && !isLast && this.#text.length - start <= this.#longest) return undefined;
    return this.#judge(scan, start, lineEnd);
  }

  /** Takes a scanned record as it is, or reads its first line again where that is the likelier truth. */
  #judge(scan: Scan, start: number, lineEnd: number): TableRecord {
    const isRegular = scan.outcome === 'record' && (this.#width === 0 || scan.fields.length === this.#width);
    const raw = scan.outcome === 'record' ? this.#text.slice(start, scan.end) : '';
    const isOneLine = scan.end <= lineEnd;
    if (isRegular && isOneLine) return this.#take(raw, scan.fields, scan.next);
    if (isRegular) {
      const fault = this.#holdsRecords(raw) ? 'doubtful_line_break' : undefined;
      return this.#take(raw, scan.fields, scan.next, fault);
    }
    const line = this.#text.slice(start, lineEnd);
    const reading = readDamagedLine(line, this.#dialect, this.#width);
    const fits = reading !== undefined && reading.fields.length === this.#width;
    if (scan.outcome === 'record' && !fits) return this.#take(raw, scan.fields, scan.next);
    const fault = scan.outcome === 'more' ? 'unclosed_quote' : 'stray_quote';
    return this.#take(line, reading?.fields ?? line.split(this.#dialect.delimiter), this.#afterLine(lineEnd), fault);
  }

  /** Whether lines inside a quoted cell would be records of the table if the quote were a stray one. */
  #holdsRecords(raw: string): boolean {
    if (this.#width < 2) return false;
    const inner = raw.split(/\r\n|\n|\r/).slice(1, -1);
    return inner.some((line) => line.split(this.#dialect.delimiter).length === this.#width);
  }

  #take(raw: string, fields: readonly string[], next: number, fault?: RecordFault): TableRecord {
    const line = this.#line;
    this.#line += 1 + countLineBreaks(raw, this.#anyReturn);
    this.#position = next;
    return fault === undefined ? { line, fields, raw } : { line, fields, raw, fault };
  }

  /** A record without an end in sight is cut where memory ends; the rest of its line follows as a record of its own. */
  #cut(start: number): TableRecord {
    const raw = this.#text.slice(start, start + this.#longest);
    const line = this.#line;
    this.#position = start + this.#longest;
    return { line, fields: this.#split(raw), raw, fault: 'oversized' };
  }

  #split(raw: string): string[] {
    const { delimiter, columnStarts } = this.#dialect;
    if (columnStarts !== undefined) return cutColumns(raw, columnStarts);
    return delimiter === '' ? [raw] : raw.split(delimiter);
  }

  /** Index of the line end at or after `start`; the text's length for a last line without one; -1 for "more text needed". */
  #lineEnd(start: number, isLast: boolean): number {
    const feed = this.#text.indexOf('\n', start);
    let end = feed > start && this.#text.charCodeAt(feed - 1) === carriageReturn ? feed - 1 : feed;
    if (this.#anyReturn) {
      const back = this.#text.indexOf('\r', start);
      if (back >= 0 && (end < 0 || back < end)) end = back;
      if (end === this.#text.length - 1 && back === end && !isLast) return -1;
    }
    if (end < 0) return isLast ? this.#text.length : -1;
    return end;
  }

  #afterLine(lineEnd: number): number {
    const isPair = this.#text.charCodeAt(lineEnd) === carriageReturn && this.#text.charCodeAt(lineEnd + 1) === lineFeed;
    return lineEnd + (isPair ? 2 : 1);
  }

  #needsScan(start: number, lineEnd: number): boolean {
    const { delimiter, quote, escape } = this.#dialect;
    if (quote === '' || delimiter === '') return false;
    if (escape === 'backslash') return true;
    if (this.#nextQuote < start) {
      const at = this.#text.indexOf(quote, start);
      this.#nextQuote = at < 0 ? noMark : at;
    }
    return this.#nextQuote < lineEnd;
  }

  #scan(start: number, isLast: boolean): Scan {
    const fields: string[] = [];
    let at = start;
    for (;;) {
      const opening = this.#openingQuote(at);
      if (opening >= 0) {
        const quoted = this.#quoted(opening, isLast);
        if (quoted === undefined) return { outcome: 'more', fields, end: at, next: at };
        fields.push(quoted.value);
        at = quoted.after;
      } else {
        const end = this.#plainEnd(at);
        fields.push(this.#text.slice(at, end));
        at = end;
      }
      if (this.#text.startsWith(this.#dialect.delimiter, at) && at < this.#text.length) {
        at += this.#dialect.delimiter.length;
        continue;
      }
      if (!isLast && at >= this.#text.length - 1) return { outcome: 'more', fields, end: at, next: at };
      if (this.#isLineEnd(at)) return { outcome: 'record', fields, end: at, next: this.#afterLine(at) };
      return { outcome: 'fault', fields, end: at, next: at };
    }
  }

  #openingQuote(start: number): number {
    let at = start;
    while (this.#text.charCodeAt(at) === 0x20 && this.#dialect.delimiter !== ' ') at += 1;
    return this.#text.startsWith(this.#dialect.quote, at) ? at : -1;
  }

  #quoted(opening: number, isLast: boolean): QuotedField | undefined {
    const { quote, escape } = this.#dialect;
    const text = this.#text;
    let isEscaped = false;
    for (let at = text.indexOf(quote, opening + 1); at >= 0; at = text.indexOf(quote, at + 1)) {
      if (at === text.length - 1 && !isLast) return undefined;
      if (escape === 'double' && text.startsWith(quote, at + 1)) {
        isEscaped = true;
        at += 1;
        continue;
      }
      if (escape === 'backslash' && isBehindBackslash(text, opening, at)) continue;
      const content = text.slice(opening + 1, at);
      const value = isEscaped || escape === 'backslash' ? unescapeField(content, this.#dialect).text : content;
      return { value, after: this.#skipPadding(at + 1) };
    }
    return undefined;
  }

  #skipPadding(start: number): number {
    if (this.#dialect.delimiter.startsWith(' ')) return start;
    let at = start;
    while (this.#text.charCodeAt(at) === 0x20) at += 1;
    return at;
  }

  #plainEnd(start: number): number {
    const { delimiter } = this.#dialect;
    const first = delimiter.charCodeAt(0);
    const isSingle = delimiter.length === 1;
    let at = start;
    for (; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === first && (isSingle || this.#text.startsWith(delimiter, at))) return at;
      if (code <= carriageReturn && this.#isLineEnd(at)) return at;
    }
    return at;
  }

  #isLineEnd(at: number): boolean {
    if (at >= this.#text.length) return true;
    const code = this.#text.charCodeAt(at);
    if (code === lineFeed) return true;
    return code === carriageReturn && (this.#anyReturn || this.#text.charCodeAt(at + 1) === lineFeed);
  }
}

function isBehindBackslash(text: string, opening: number, at: number): boolean {
  let first = at;
  while (first - 1 > opening && text[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

function countLineBreaks(raw: string, anyReturn: boolean): number {
  let count = 0;
  for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) count += 1;
  if (!anyReturn) return count;
  for (let at = raw.indexOf('\r'); at >= 0; at = raw.indexOf('\r', at + 1)) if (raw[at + 1] !== '\n') count += 1;
  return count;
}

function cutColumns(raw: string, starts: readonly number[]): string[] {
  return starts.map((start, index) => raw.slice(start, starts[index + 1]).trim());
}
