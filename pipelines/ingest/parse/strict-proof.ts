import type { Detection } from '../detect/dialect.ts';
import { RecordReader } from './record-reader.ts';
import { isFooter, isTotal } from './table-edge.ts';

/** Whether a strict CSV reader that is told the dialect reads the same records as ours. */
export type StrictVerdict =
  | { readonly kind: 'strict' /** Records without the header. */; readonly records: number }
  | { readonly kind: 'not_strict'; readonly reason: StrictFault };

export type StrictFault =
  | 'dialect'
  | 'layout'
  | 'stray_quote'
  | 'unclosed_quote'
  | 'ragged'
  | 'blank_record'
  | 'oversized'
  | 'doubtful_line_break'
  | 'repeated_header'
  | 'mixed_line_ends'
  | 'footer';

const delimiterClass = 1;
const quoteClass = 2;
const feedClass = 3;
const returnClass = 4;
const nulClass = 5;
const classes = 6;

const fieldStart = 0;
const unquoted = 1;
const quoted = 2;
const quoteSeen = 3;
/** From here on states say that something ended, or went wrong. */
const returnSeen = 4;
const fieldEnd = 5;
const recordEnd = 6;
const quotedFeed = 7;
const quotedDelimiter = 8;
const fault = 9;

/** Next state by state, then by class of byte: other, delimiter, quote, line feed, carriage return, NUL. */
const transitions = Uint8Array.from([
  ...[unquoted, fieldEnd, quoted, recordEnd, returnSeen, fault],
  ...[unquoted, fieldEnd, fault, recordEnd, returnSeen, fault],
  ...[quoted, quotedDelimiter, quoteSeen, quotedFeed, quoted, fault],
  ...[fault, fieldEnd, quoted, recordEnd, returnSeen, fault],
  ...[fault, fault, fault, recordEnd, fault, fault],
]);
/** DuckDB refuses lines of 2 MB. */
const longestRecord = 1 << 20;
const tailBytes = 1 << 14;

/**
 * Watches the UTF-8 bytes of a file pass by and proves, or not, that they are strict CSV: quotes only at field borders, every
 * record as wide as the table, one kind of line end, nothing but one table. Costs one table lookup per byte.
 */
export class StrictProof {
  readonly #detection: Detection;
  readonly #classOf: Uint8Array;
  #fault: StrictFault | undefined;
  #state = fieldStart;
  #fields = 1;
  #records = 0;
  /** Bytes of the current record so far, its line end included. */
  #length = 0;
  #returns = 0;
  /** Delimiters on the current physical line, quoted ones too. */
  #lineDelimiters = 0;
  /** The record goes over several lines; whether its first one has a record's delimiters. */
  #firstLine: 'only' | 'record' | 'part' = 'only';
  #tail = new Uint8Array(0);
  #header = new Uint8Array(0);
  #bytesSeen = 0;

  constructor(detection: Detection) {
    this.#detection = detection;
    this.#fault = unsuitable(detection);
    this.#classOf = byteClasses(detection);
  }

  /** Takes the next bytes of the file, from its first one on. */
  push(chunk: Uint8Array): void {
    if (this.#fault !== undefined) return;
    const skipped = this.#detection.dialect.bom ? Math.max(0, 3 - this.#bytesSeen) : 0;
    const bytes = chunk.subarray(skipped);
    this.#bytesSeen += chunk.length;
    this.#scan(bytes);
    this.#tail = bytes.length >= tailBytes ? bytes.slice(-tailBytes) : joined(this.#tail, bytes).slice(-tailBytes);
  }

  /** The verdict on everything that was pushed. */
  finish(): StrictVerdict {
    if (this.#state === quoted) this.#fault ??= 'unclosed_quote';
    if (this.#fault === undefined && this.#length > 0) this.#endRecord(this.#tail, this.#tail.length);
    if (this.#returns > 0 && this.#returns < this.#records - 1) this.#fault ??= 'mixed_line_ends';
    if (this.#fault === undefined && this.#endsOddly()) this.#fault = 'footer';
    if (this.#fault !== undefined) return { kind: 'not_strict', reason: this.#fault };
    return { kind: 'strict', records: this.#records - this.#detection.layout.headerRecords };
  }

  #scan(bytes: Uint8Array): void {
    const classOf = this.#classOf;
    let state = this.#state;
    let recordStart = -this.#length;
    for (let at = 0; at < bytes.length; at += 1) {
      const next = transitions[state * classes + (classOf[bytes[at] as number] as number)] as number;
      state = next;
      if (next < returnSeen) continue;
      if (next === recordEnd) {
        this.#length = at + 1 - recordStart;
        this.#endRecord(bytes, at + 1);
        recordStart = at + 1;
        state = fieldStart;
      } else state = this.#act(next);
      if (this.#fault !== undefined) return;
    }
    this.#state = state;
    this.#length = bytes.length - recordStart;
  }

  /** Accounts for what ended inside a record; returns the state to go on with. */
  #act(state: number): number {
    switch (state) {
      case returnSeen:
        this.#returns += 1;
        return returnSeen;
      case fieldEnd:
        this.#fields += 1;
        this.#lineDelimiters += 1;
        return fieldStart;
      case quotedFeed:
        this.#breakLine();
        return quoted;
      case quotedDelimiter:
        this.#lineDelimiters += 1;
        return quoted;
      default:
        this.#fault = 'stray_quote';
        return fault;
    }
  }

  /** Whole records inside a quoted cell hint at a stray quote. */
  #breakLine(): void {
    const isRecord = this.#lineDelimiters === this.#detection.layout.width - 1;
    if (this.#firstLine === 'only') this.#firstLine = isRecord ? 'record' : 'part';
    else if (isRecord) this.#fault = 'doubtful_line_break';
    this.#lineDelimiters = 0;
  }

  /** `end`: where the record ends in these bytes; it may have begun before them. */
  #endRecord(bytes: Uint8Array, end: number): void {
    const { width, headerRecords } = this.#detection.layout;
    const length = this.#length;
    if (this.#fields !== width) this.#fault = 'ragged';
    else if (length <= width + 1) this.#fault = 'blank_record';
    else if (length > longestRecord) this.#fault = 'oversized';
    else if (this.#firstLine === 'record' && this.#lineDelimiters === width - 1) this.#fault = 'doubtful_line_break';
    if (this.#records === 0 && headerRecords === 1) this.#header = this.#recordBytes(bytes, end).slice();
    else if (length === this.#header.length && Buffer.compare(this.#recordBytes(bytes, end), this.#header) === 0) {
      this.#fault = 'repeated_header';
    }
    this.#records += 1;
    this.#fields = 1;
    this.#length = 0;
    this.#lineDelimiters = 0;
    this.#firstLine = 'only';
  }

  #recordBytes(bytes: Uint8Array, end: number): Uint8Array {
    const before = this.#length - end;
    if (before <= 0) return bytes.subarray(end - this.#length, end);
    return joined(this.#tail.subarray(-before), bytes.subarray(0, end));
  }

  #endsOddly(): boolean {
    const { dialect, layout } = this.#detection;
    const reader = new RecordReader(dialect, { width: layout.width });
    const records = [...reader.push(new TextDecoder().decode(this.#tail)), ...reader.end()];
    const last = records.at(-1);
    return last !== undefined && (isTotal(last, layout.columns) || isFooter(last, layout.columns));
  }
}

function unsuitable({ dialect, layout }: Detection): StrictFault | undefined {
  const isPlain =
    dialect.encoding === 'utf-8' &&
    dialect.delimiter.length === 1 &&
    dialect.delimiter <= '\u007f' &&
    dialect.escape === 'double' &&
    (dialect.newline === '\n' || dialect.newline === '\r\n');
  if (!isPlain) return 'dialect';
  const fitsHeader = layout.header === null || layout.header.length === layout.width;
  return layout.preamble === 0 && layout.headerRecords <= 1 && layout.width > 1 && fitsHeader ? undefined : 'layout';
}

function byteClasses({ dialect }: Detection): Uint8Array {
  const classOf = new Uint8Array(256);
  classOf[0x0a] = feedClass;
  classOf[0x0d] = returnClass;
  classOf[0] = nulClass;
  if (dialect.quote !== '') classOf[dialect.quote.charCodeAt(0)] = quoteClass;
  if (dialect.delimiter !== '') classOf[dialect.delimiter.charCodeAt(0) & 0xff] = delimiterClass;
  return classOf;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
