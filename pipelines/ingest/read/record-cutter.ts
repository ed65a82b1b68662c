import type { RecordMender } from '../parse/record-mender.ts';
import { StandingCells } from '../parse/standing-cells.ts';
import type { ScanMarks } from './record-texts.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Records of one block: their text and offsets fit into a processor's cache while each column is looked at. */
const blockRecords = 1024;

/** In place of an offset: the text ends first. */
const incomplete = -1;

export interface CutterOptions {
  /** Columns of which it is kept where their fields stand. */
  readonly kept: readonly number[];
  /** Those among them whose equal cells have to be equal bytes. */
  readonly compared?: readonly number[];
  readonly mender?: RecordMender | undefined;
}

/**
 * Cuts a text into records and fields, block by block, and keeps where the fields of some columns stand. Records whose
 * quotes, line ends or number of fields another reader might take otherwise go to the mender; without one, the text is
 * doubtful.
 */
export class RecordCutter {
  /** Where the kept fields of the present block begin and end, without their quotes: record × kept column. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Where the records of the present block begin, and how many stand before them in the text. */
  readonly recordStarts = new Int32Array(blockRecords);
  readonly ordinals = new Int32Array(blockRecords);
  /** Kept columns: what lies between two records in `starts` and `ends`. */
  readonly stride: number;
  text: Buffer = Buffer.alloc(0);
  /** Records of the present block. */
  count = 0;
  /** Complete records of the text so far. */
  records = 0;
  /** Offset behind the last of them. */
  position = 0;
  isDoubtful = false;
  /** Records, as they were written anew, of which a cell is empty in its block: it stands nowhere in the text. */
  readonly apart: string[] = [];
  /** Whether all cells that are compared are in their blocks. */
  areCompared = true;
  readonly #mender: RecordMender | undefined;
  /** What opens a quoted field. */
  readonly #opening: number | undefined;
  readonly #marks: ScanMarks;
  readonly #width: number;
  /** Place among the kept columns by position; -1 for the others. */
  readonly #places: Int32Array;
  readonly #standing: StandingCells;
  /** Bytes that end an unquoted field or make it doubtful. */
  readonly #stops = new Uint8Array(256);
  #isLast = false;
  /** Where the field that was cut last begins and ends. */
  #from = 0;
  #to = 0;

  constructor(marks: ScanMarks, width: number, { kept, compared = [], mender }: CutterOptions) {
    this.#marks = marks;
    this.#mender = mender;
    this.#opening = marks.areQuotesLetters ? undefined : marks.quote;
    this.#width = width;
    this.stride = kept.length;
    this.#places = new Int32Array(width).fill(-1);
    for (const [place, column] of kept.entries()) this.#places[column] = place;
    this.#standing = new StandingCells({
      places: this.#places,
      compared: Uint8Array.from(this.#places, (_, column) => (compared.includes(column) ? 1 : 0)),
    });
    this.starts = new Int32Array(blockRecords * kept.length);
    this.ends = new Int32Array(blockRecords * kept.length);
    for (const byte of [marks.delimiter, lineFeed, carriageReturn, marks.quote ?? lineFeed]) this.#stops[byte] = 1;
  }

  /** `isLast`: the text ends the file, and its last record needs no line end. */
  begin(text: Buffer, isLast: boolean, undecodable: readonly number[] = []): void {
    this.text = text;
    this.#isLast = isLast;
    this.count = 0;
    this.records = 0;
    this.position = 0;
    this.isDoubtful = false;
    this.apart.length = 0;
    this.areCompared = true;
    this.#mender?.begin(text, undecodable);
  }

  /** Cuts the next block; false where no whole record is left for one. */
  next(): boolean {
    this.count = 0;
    while (this.count < blockRecords && this.position < this.text.length) {
      const mender = this.#mender;
      const end = mender === undefined ? this.#line(this.position) : this.#mendedLine(mender, this.position);
      if (end < 0) break;
      this.position = end;
    }
    return this.count > 0;
  }

  /** Takes the record or empty line that starts here: the offset behind it, or `incomplete`. */
  #line(start: number): number {
    const behindEmpty = this.#emptyLine(start);
    if (behindEmpty > 0) return behindEmpty;
    const end = this.#record(start);
    if (end > 0) this.#takeRecord(start);
    return end;
  }

  #takeRecord(start: number): void {
    this.recordStarts[this.count] = start;
    this.ordinals[this.count] = this.records;
    this.count += 1;
    this.records += 1;
  }

  /** `#line` where a mender stands by. */
  #mendedLine(mender: RecordMender, start: number): number {
    if (mender.isForAll) return this.#mend(mender, start);
    const behindEmpty = this.#emptyLine(start);
    if (behindEmpty > 0) {
      mender.dropLine(start, behindEmpty, this.records);
      return behindEmpty;
    }
    const end = this.#record(start);
    if (end < 0 && !this.#isLast && !mender.isTooLong(start)) {
      this.isDoubtful = false;
      return end;
    }
    if (end < 0 || this.isDoubtful || mender.isUndecodable(start, end)) return this.#mend(mender, start);
    if (this.#hasOddEnd(end, mender.hasReturns)) mender.endLine(end, this.records);
    this.#takeRecord(start);
    return end;
  }

  #hasOddEnd(end: number, hasReturns: boolean): boolean {
    const last = this.text[end - 1];
    if (last === carriageReturn) return this.#marks.doReturnsEnd === true;
    return last === lineFeed && (this.text[end - 2] === carriageReturn) !== hasReturns;
  }

  #mend(mender: RecordMender, start: number): number {
    this.isDoubtful = false;
    const mended = mender.mend(start, this.#isLast, this.records);
    if (mended === undefined) return incomplete;
    const { placed, line, end } = mended;
    if (placed === undefined && mended.isRecord) {
      this.apart.push(line);
      this.areCompared = false;
      this.records += 1;
    }
    if (placed === undefined) return end;
    const cells = this.#standing;
    cells.find(placed, start, { starts: this.starts, ends: this.ends, first: this.count * this.stride });
    if (!cells.areAll) this.apart.push(line);
    this.areCompared &&= cells.areCompared;
    this.#takeRecord(start);
    return end;
  }

  /** Offset behind an empty line that starts here, else 0. */
  #emptyLine(start: number): number {
    if (this.text[start] === lineFeed) return start + 1;
    if (this.text[start] !== carriageReturn) return 0;
    if (this.text[start + 1] === lineFeed) return start + 2;
    return this.#marks.doReturnsEnd && this.#endsAt(start) ? start + 1 : 0;
  }

  /** Whether a field ends for sure at an offset: behind a carriage return, a line feed may come in the text that follows. */
  #endsAt(at: number): boolean {
    if (this.#isLast || at + 1 < this.text.length) return true;
    return at < this.text.length && this.text[at] !== carriageReturn;
  }

  /** Offset behind the record, or `incomplete`. */
  #record(start: number): number {
    const { text } = this;
    const end = text.length;
    const delimiter = this.#marks.delimiter;
    let column = 0;
    for (let at = start; ; at += 1) {
      at = this.#field(at);
      if (at < 0) return incomplete;
      if (at >= end - 1 && !this.#endsAt(at)) return incomplete;
      this.#keep(column);
      column += 1;
      if (at < end && text[at] === delimiter) continue;
      // Where a record is too short, its places hold offsets of another block: nobody may read them.
      if (column !== this.#width) this.isDoubtful = true;
      return Math.min(at + 1, end);
    }
  }

  /** Keeps where the field that was cut last stands, if its column is one of those wanted. */
  #keep(column: number): void {
    const place = column < this.#width ? (this.#places[column] as number) : -1;
    if (place < 0) return;
    const at = this.count * this.stride + place;
    this.starts[at] = this.#from;
    this.ends[at] = this.#to;
  }

  /** Offset of the delimiter or line feed behind a field, or the end of the text; -1 where its quote does not close. */
  #field(start: number): number {
    const { text } = this;
    const stops = this.#stops;
    const end = text.length;
    if (start < end && text[start] === this.#opening) return this.#quoted(start);
    let at = start;
    while (at < end && stops[text[at] as number] === 0) at += 1;
    this.#from = start;
    this.#to = at;
    if (at === end || text[at] === this.#marks.delimiter || text[at] === lineFeed) return at;
    return this.#doubtful(at);
  }

  /** Goes on behind a carriage return or a quote in an unquoted field: to its delimiter or line feed, or the end of the text. */
  #doubtful(start: number): number {
    const { text } = this;
    for (let at = start; ; at += 1) {
      while (at < text.length && this.#stops[text[at] as number] === 0) at += 1;
      this.#to = at;
      const byte = text[at];
      if (byte === this.#marks.delimiter || byte === lineFeed || byte === undefined) return at;
      const behindReturn = byte === carriageReturn ? this.#returnEnd(at) : -1;
      if (behindReturn >= 0) return behindReturn;
      this.isDoubtful = true;
    }
  }

  /** Offset of the line end to which a carriage return belongs; -1 where it is a letter. */
  #returnEnd(at: number): number {
    if (this.text[at + 1] === lineFeed) return at + 1;
    return this.#marks.doReturnsEnd ? at : -1;
  }

  /** `#field` for one that opens with a quote. */
  #quoted(opening: number): number {
    const { text } = this;
    const quote = this.#marks.quote;
    let at = opening + 1;
    for (; ; at += 2) {
      while (at < text.length && text[at] !== quote) at += 1;
      if (at >= text.length) return -1;
      if (text[at + 1] !== quote) break;
    }
    const closing = at;
    const stop = this.#doubtful(closing + 1);
    const isClean = stop === closing + 1 || (stop === closing + 2 && text[closing + 1] === carriageReturn);
    if (!isClean || this.#mayHoldRecords(opening, closing)) this.isDoubtful = true;
    this.#from = opening + 1;
    this.#to = closing;
    return stop;
  }

  /** Whether a quoted field is long enough for lines that could be records, and has any: the mender is to judge them. */
  #mayHoldRecords(opening: number, closing: number): boolean {
    if (closing - opening <= this.#width || this.#mender === undefined) return false;
    for (let at = opening + 1; at < closing; at += 1) {
      if (this.text[at] === lineFeed || this.text[at] === carriageReturn) return true;
    }
    return false;
  }
}
