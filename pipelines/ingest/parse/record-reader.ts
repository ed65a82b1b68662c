import type { Dialect } from '../detect/dialect.ts';
import { leastFault, readDamagedLine } from './damaged-line.ts';
import { afterLine, endsOnReturn, findLineEnd, type Scan, scanRecord } from './scan-record.ts';

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
 * `stray_quote`: quotes do not add up, the likeliest reading was taken. `loose_quote`: an unquoted cell holds a quote, it was
 * kept as a letter. `unclosed_quote`: a quote opens and never closes, it
 * was read as a letter. `oversized`: longer than a record may be, cut there. `doubtful_line_break`: a quoted cell holds
 * whole lines that could be records of their own. `column_overflow`: text stands across the edge of a fixed column.
 * `formula_without_value`: a workbook holds a formula but not what it came to. `error_value`: a cell shows an error (#REF!).
 */
export type RecordFault =
  | 'stray_quote'
  | 'loose_quote'
  | 'unclosed_quote'
  | 'oversized'
  | 'doubtful_line_break'
  | 'column_overflow'
  | 'formula_without_value'
  | 'error_value';

export interface RecordReaderOptions {
  /** Fields of a regular record; 0 where it is not known yet. */
  readonly width: number;
  /** Characters that one record may have before it is cut; keeps an unclosed quote from swallowing the file. */
  readonly longestRecord?: number;
}

const nowhere = Number.MAX_SAFE_INTEGER;

/**
 * Cuts decoded text into records, chunk by chunk, in bounded memory. Damaged quoting is contained: a record that cannot
 * be read as its dialect says is read again on its own line, and reported.
 */
export class RecordReader {
  readonly #dialect: Dialect;
  readonly #longest: number;
  readonly #backslashed: boolean;
  #width: number;
  #text = '';
  #position = 0;
  #line = 1;
  /** First quote at or after the position; looked for once, not once per record. */
  #nextQuote = -1;

  constructor(dialect: Dialect, options: RecordReaderOptions) {
    this.#dialect = dialect;
    this.#width = options.width;
    this.#longest = options.longestRecord ?? 1 << 20;
    this.#backslashed = dialect.escape === 'backslash';
  }

  /** Another table with another number of fields goes on in the same text. */
  set width(width: number) {
    this.#width = width;
  }

  /** Where the next record starts in the text that was taken last. */
  get position(): number {
    return this.#position;
  }

  /** Takes the next piece of decoded text and returns the records that it completes. */
  push(text: string): TableRecord[] {
    this.open(this.#position < this.#text.length ? this.#text.slice(this.#position) + text : text);
    return this.#drain(false);
  }

  /** Takes a text in place of what is left of the one before; `next` reads it record by record. */
  open(text: string): void {
    this.#text = text;
    this.seek(0);
  }

  /** Goes on at another record of the text. */
  seek(position: number): void {
    this.#position = position;
    this.#nextQuote = -1;
  }

  /** Returns what the end of the text completes. */
  end(): TableRecord[] {
    const records = this.#drain(true);
    this.#text = '';
    return records;
  }

  /** The next record; undefined where the text ends first. `isLast`: no more text follows. */
  next(isLast: boolean): TableRecord | undefined {
    if (this.#position >= this.#text.length) return undefined;
    const start = this.#position;
    const isTooLong = this.#text.length - start > this.#longest;
    const lineEnd = findLineEnd(this.#text, start, this.#dialect, isLast);
    if (lineEnd < 0) return isTooLong ? this.#cut(start) : undefined;
    if (!this.#hasQuote(start, lineEnd)) {
      const raw = this.#text.slice(start, lineEnd);
      return this.#takePlain(raw, lineEnd);
    }
    const scan = scanRecord(this.#text, start, this.#dialect, isLast);
    if (scan.outcome === 'more' && !isLast && !isTooLong) return undefined;
    return scan.outcome === 'record'
      ? this.#takeScanned(scan, start, lineEnd)
      : this.#takeDamaged(scan, start, lineEnd);
  }

  #drain(isLast: boolean): TableRecord[] {
    const records: TableRecord[] = [];
    for (let record = this.next(isLast); record !== undefined; record = this.next(isLast)) records.push(record);
    return records;
  }

  #takePlain(raw: string, lineEnd: number): TableRecord {
    const record = { line: this.#line, fields: splitPlain(raw, this.#dialect), raw };
    this.#line += 1;
    this.#position = afterLine(this.#text, lineEnd);
    if (this.#dialect.quote === '' && raw.includes('"')) return { ...record, fault: 'loose_quote' };
    return overflows(raw, this.#dialect) ? { ...record, fault: 'column_overflow' } : record;
  }

  /** A strict reading stands, unless it spans lines and its first line alone is the likelier record. */
  #takeScanned(scan: Scan, start: number, lineEnd: number): TableRecord {
    const raw = this.#text.slice(start, scan.end);
    const isOneLine = scan.end <= lineEnd;
    if (isOneLine && scan.looseQuotes > 0 && this.#dialect.quote === '"') return this.#takeLoose(raw, scan);
    if (isOneLine) return this.#take(raw, scan.fields);
    if (this.#isRegular(scan.fields)) {
      const fault = scan.looseQuotes > 0 ? 'loose_quote' : undefined;
      return this.#take(raw, scan.fields, this.#holdsRecords(raw) ? 'doubtful_line_break' : fault);
    }
    const line = this.#text.slice(start, lineEnd);
    const reading = readDamagedLine(line, this.#dialect, this.#width);
    if (reading === undefined || !this.#isRegular(reading.fields)) return this.#take(raw, scan.fields);
    return this.#take(line, reading.fields, 'stray_quote');
  }

  /** A quote in an unquoted field is a letter, unless a missing delimiter in front of it explains more. */
  #takeLoose(raw: string, { fields: strict, looseQuotes }: Scan): TableRecord {
    const isSurest = !this.#backslashed && looseQuotes < leastFault;
    if (isSurest && this.#isRegular(strict)) return this.#take(raw, strict, 'loose_quote');
    const fields = readDamagedLine(raw, this.#dialect, this.#width)?.fields ?? strict;
    const isSame = fields.length === strict.length && fields.every((field, at) => field === strict[at]);
    return this.#take(raw, fields, isSame ? 'loose_quote' : 'stray_quote');
  }

  #takeDamaged(scan: Scan, start: number, lineEnd: number): TableRecord {
    const line = this.#text.slice(start, lineEnd);
    const reading = readDamagedLine(line, this.#dialect, this.#width);
    const fields = reading?.fields ?? splitPlain(line, this.#dialect);
    return this.#take(line, fields, scan.outcome === 'more' ? 'unclosed_quote' : 'stray_quote');
  }

  #isRegular(fields: readonly string[]): boolean {
    return this.#width === 0 || fields.length === this.#width;
  }

  /** Whether lines of a record would be records themselves if the quotes around them were stray ones. */
  #holdsRecords(raw: string): boolean {
    if (this.#width < 2) return false;
    const whole = raw.split(/\r\n|\n|\r/).map((line) => line.split(this.#dialect.delimiter).length === this.#width);
    return whole.slice(1, -1).includes(true) || (whole[0] === true && whole.at(-1) === true);
  }

  #take(raw: string, fields: readonly string[], fault?: RecordFault): TableRecord {
    const line = this.#line;
    this.#line += 1 + countLineBreaks(raw, this.#dialect);
    this.#position = afterLine(this.#text, this.#position + raw.length);
    return fault === undefined ? { line, fields, raw } : { line, fields, raw, fault };
  }

  /** A record without an end in sight is cut where memory ends; the rest of its line follows as a record of its own. */
  #cut(start: number): TableRecord {
    const raw = this.#text.slice(start, start + this.#longest);
    this.#position = start + this.#longest;
    return { line: this.#line, fields: splitPlain(raw, this.#dialect), raw, fault: 'oversized' };
  }

  #hasQuote(start: number, lineEnd: number): boolean {
    const { delimiter, quote } = this.#dialect;
    if (quote === '' || delimiter === '') return false;
    if (this.#backslashed) return true;
    if (this.#nextQuote < start) {
      const at = this.#text.indexOf(quote, start);
      this.#nextQuote = at < 0 ? nowhere : at;
    }
    return this.#nextQuote < lineEnd;
  }
}

function splitPlain(raw: string, { delimiter, columnStarts }: Dialect): string[] {
  if (columnStarts !== undefined) return columnStarts.map((start, at) => raw.slice(start, columnStarts[at + 1]).trim());
  return delimiter === '' ? [raw] : raw.split(delimiter);
}

function overflows(raw: string, { columnStarts }: Dialect): boolean {
  if (columnStarts === undefined) return false;
  return columnStarts.some((start) => start > 0 && start < raw.length && raw[start - 1] !== ' ');
}

function countLineBreaks(raw: string, dialect: Dialect): number {
  let count = 0;
  for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) count += 1;
  if (!endsOnReturn(dialect)) return count;
  for (let at = raw.indexOf('\r'); at >= 0; at = raw.indexOf('\r', at + 1)) if (raw[at + 1] !== '\n') count += 1;
  return count;
}
