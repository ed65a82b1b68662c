import type { CellType } from '../detect/cell-type.ts';
import type { Dialect } from '../detect/dialect.ts';
import { MendedText } from './mended-text.ts';
import type { TableRecord } from './record-reader.ts';
import { type PlacedRecord, RecordWindow } from './record-window.ts';
import { readOtherDelimiter } from './stray-delimiter.ts';
import { TextEdits } from './text-edits.ts';
import { UndecodableRecords } from './undecodable-records.ts';

export interface MenderOptions {
  readonly dialect: Dialect;
  /** Between the cells of what is written anew. */
  readonly delimiter: string;
  /** What is written anew, as all others, ends in CRLF. */
  readonly hasReturns: boolean;
  readonly width: number;
  /** What most cells of each column look like. */
  readonly columns: readonly (CellType | undefined)[];
  /** No record can be left as it is. */
  readonly isForAll: boolean;
}

/** A record that was read anew. */
export interface MendedRecord {
  /** Behind it in the text. */
  readonly end: number;
  readonly isRecord: boolean;
  /** Where its cells are to be looked for; undefined where it has none. */
  readonly placed: PlacedRecord | undefined;
  /** What takes its place. */
  readonly line: string;
}

/** Without them, no cell of a record needs quotes where the dialect's marks are those of what is written anew. */
const marksOfCells = /["\r\n]/;

/** Bytes without the end of a record in sight after which the tolerant reader looks for one. */
const longestRecord = 1 << 22;

/**
 * Writes records anew that the engine might read otherwise than they are meant: the tolerant reader cuts them, and what it
 * finds takes their place, in quotes where need be. All others stay as they are.
 */
export class RecordMender {
  readonly isForAll: boolean;
  /** Records are to end in CRLF. */
  readonly hasReturns: boolean;
  readonly #options: MenderOptions;
  readonly #window: RecordWindow;
  readonly #undecodable: UndecodableRecords;
  readonly #needsQuotes: RegExp;
  /** The dialect's marks are those of what is written anew. */
  readonly #isUsual: boolean;
  /** Those of texts that were released. */
  readonly #idle: TextEdits[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #edits = new TextEdits();

  constructor(options: MenderOptions) {
    const { dialect, width, delimiter, hasReturns, isForAll } = options;
    this.isForAll = isForAll;
    this.#options = options;
    this.#window = new RecordWindow(dialect, width);
    this.#undecodable = new UndecodableRecords(dialect, width);
    this.#needsQuotes = new RegExp(`["\\r\\n${inClass(delimiter)}]`);
    this.#isUsual = delimiter === dialect.delimiter && dialect.quote !== "'";
    this.hasReturns = hasReturns;
  }

  /** `undecodable`: offsets of bytes that belong to no letter. */
  begin(bytes: Buffer, undecodable: readonly number[]): void {
    this.#undecodable.begin(bytes, undecodable);
    this.#bytes = bytes;
    this.#window.begin(bytes);
    this.#edits.clear();
  }

  /** The text up to an offset, mended. */
  finish(end: number): MendedText {
    const edits = this.#edits;
    edits.cut(end);
    const source = this.#bytes.subarray(0, end);
    if (edits.count === 0) return new MendedText(source);
    this.#edits = this.#idle.pop() ?? new TextEdits();
    return new MendedText(source, edits, (released) => this.#idle.push(released));
  }

  /** Whether a record that starts here and does not end is longer than any. */
  isTooLong(start: number): boolean {
    return this.#bytes.length - start > longestRecord;
  }

  /** Reads a record anew. Undefined where it does not end within the text. `isLast`: no more text follows. */
  mend(start: number, isLast: boolean, ordinal: number): MendedRecord | undefined {
    const undecodable = this.#undecodable.find(start, isLast);
    if (undecodable === 'cut') return undefined;
    if (undecodable !== undefined) return this.#leaveOut(undecodable, start, ordinal);
    const placed = this.#window.read(start, isLast);
    if (placed === undefined) return undefined;
    const { rawEnd, end } = placed;
    if (rawEnd === start) {
      this.dropLine(start, end, ordinal);
      return { end, isRecord: false, placed: undefined, line: '' };
    }
    const { record, departure, fits } = this.#judged(placed.record);
    const line = this.#line(record, departure === 'other_delimiter');
    this.#edits.add({ start, rawEnd, end, ordinal, kind: fits ? 'record' : 'field_count', departure }, line);
    return { end, isRecord: true, placed: { record, rawEnd, end }, line };
  }

  /** Whether a record holds bytes that belong to no letter. */
  isUndecodable(start: number, end: number): boolean {
    return this.#undecodable.isIn(start, end);
  }

  /** Puts a record without values in place of one that cannot be decoded: it is counted, and its reason is known. */
  #leaveOut({ rawEnd, end }: Pick<PlacedRecord, 'rawEnd' | 'end'>, start: number, ordinal: number): MendedRecord {
    const line = this.#line({ line: 0, fields: [], raw: '' }, false);
    this.#edits.add({ start, rawEnd, end, ordinal, kind: 'undecodable', departure: undefined }, line);
    return { end, isRecord: true, placed: undefined, line };
  }

  /** Leaves an empty line out. */
  dropLine(start: number, end: number, ordinal: number): void {
    this.#edits.add({ start, rawEnd: start, end, ordinal, kind: 'empty_line', departure: 'empty_lines' }, '');
  }

  /** Gives a record the line end of the others. `end`: behind its own. */
  endLine(end: number, ordinal: number): void {
    const isPair = this.#bytes[end - 1] === 0x0a && this.#bytes[end - 2] === 0x0d;
    const start = isPair ? end - 2 : end - 1;
    this.#edits.add({ start, rawEnd: start, end, ordinal, kind: 'line_end', departure: undefined }, this.#lineEnd());
  }

  #judged(record: TableRecord) {
    const { dialect, width, columns, isForAll } = this.#options;
    const { fields, fault, raw } = record;
    // A carriage return that is no line end is a letter of its cell.
    const letter = !isForAll && fault === undefined && raw.includes('\r') ? 'loose_return' : fault;
    if (fields.length === width) return { record, departure: letter, fits: true };
    const reread = readOtherDelimiter(record, dialect, columns);
    if (reread !== undefined) return { record: reread, departure: 'other_delimiter', fits: true };
    // Separators too many at the end of a record, with nothing behind them, are harmless.
    const isPadded = fields.length > width && fields.slice(width).every((field) => field.trim() === '');
    return { record, departure: letter ?? (isPadded ? 'padded_records' : undefined), fits: isPadded };
  }

  #line({ fields, raw }: TableRecord, isReread: boolean): string {
    const { width, delimiter } = this.#options;
    const isPlain = !isReread && this.#isUsual && !marksOfCells.test(raw);
    let line = '';
    for (let at = 0; at < width; at += 1) {
      const cell = fields[at] ?? '';
      line += `${at === 0 ? '' : delimiter}${isPlain ? cell : this.#cell(cell)}`;
    }
    // The engine passes over empty lines.
    return `${line === '' ? '""' : line}${this.#lineEnd()}`;
  }

  #cell(cell: string): string {
    return this.#needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }

  #lineEnd(): string {
    return this.hasReturns ? '\r\n' : '\n';
  }
}

/** A letter within brackets of a regular expression. */
function inClass(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
