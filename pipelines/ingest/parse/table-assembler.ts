import type { CellType } from '../detect/cell-type.ts';
import type { Dialect, Layout } from '../detect/dialect.ts';
import { filledCells, findLayout, headerKey, sameCells } from '../detect/layout.ts';
import { departureTexts } from './departure-texts.ts';
import { NoteBook } from './note-book.ts';
import type { TableRecord } from './record-reader.ts';
import { readOtherDelimiter } from './stray-delimiter.ts';
import type { LeftOut, TableBatch } from './table-batch.ts';
import { hasBody, isFooter, isTotal, startsTable } from './table-edge.ts';

/** Records held back while it is open whether they end the table or go on with it. */
const mostHeld = 24;
const lookahead = 3;

/** Sorts records into tables: headers, bodies, and what belongs to no table. One assembler reads one file. */
export class TableAssembler {
  readonly book = new NoteBook(departureTexts);
  readonly #dialect: Dialect;
  #columns: readonly (CellType | undefined)[];
  #header: readonly string[] | null;
  #width: number;
  #table = 0;
  #ordinal = 0;
  readonly #layout: Layout;
  #held: TableRecord[] = [];
  #isAfterBlank = false;
  #done: TableBatch[] = [];
  #records: TableRecord[] = [];
  #leftOut: LeftOut[] = [];

  constructor(dialect: Dialect, layout: Layout) {
    this.#dialect = dialect;
    this.#layout = layout;
    this.#columns = layout.columns;
    this.#header = layout.header;
    this.#width = layout.width;
    this.#noteHeader(layout.headerRecords);
  }

  /** Fields of a regular record of the table that is being read. */
  get width(): number {
    return this.#width;
  }

  /** Tables found so far. */
  get tables(): number {
    return this.#table + 1;
  }

  /** Takes the next records of the file and returns what is settled. */
  push(records: readonly TableRecord[]): TableBatch[] {
    for (const record of records) this.#take(record);
    return this.#settled();
  }

  /** Settles what was held back. */
  end(): TableBatch[] {
    this.#settleEnd();
    if (this.#ordinal === 0) this.book.add('no_records');
    return this.#settled();
  }

  #take(record: TableRecord): void {
    const at = this.#ordinal;
    this.#ordinal += 1;
    if (at < this.#layout.preamble) this.#leave(record, 'preamble');
    else if (at < this.#layout.preamble + this.#layout.headerRecords) this.#noteHeaderRecord(record);
    else this.#sort(record);
  }

  #sort(record: TableRecord): void {
    if (filledCells(record, 1) === 0) {
      this.book.add('blank_records', record.line);
      this.#isAfterBlank = true;
      return;
    }
    if (this.#held.length > 0) {
      this.#holdOn(record);
      return;
    }
    const isDoubtful = this.#isRepeatedHeader(record) ? false : this.#opensDoubt(record);
    this.#isAfterBlank = false;
    if (isDoubtful) this.#held.push(record);
    else this.#keep(record);
  }

  #isRepeatedHeader(record: TableRecord): boolean {
    return this.#header !== null && sameCells(record.fields, this.#header);
  }

  #opensDoubt(record: TableRecord): boolean {
    const isRegular = record.fields.length === this.#width;
    if (isRegular && !this.#isAfterBlank) return isTotal(record, this.#columns) || isFooter(record, this.#columns);
    return startsTable(record, this.#columns) || isFooter(record, this.#columns) || isTotal(record, this.#columns);
  }

  /** Decides about what is held as soon as the records behind it allow. */
  #holdOn(record: TableRecord): void {
    const [first, ...followers] = [...this.#held, record];
    if (first === undefined) return;
    this.#held.push(record);
    if (startsTable(first, this.#columns)) {
      if (followers.length >= lookahead) this.#decideTable(first, followers);
      return;
    }
    const goesOn = !isFooter(record, this.#columns) && !isTotal(record, this.#columns);
    if (goesOn || this.#held.length > mostHeld) this.#release(first, followers);
  }

  #decideTable(first: TableRecord, followers: readonly TableRecord[]): void {
    if (!hasBody(first, followers)) {
      this.#release(first, followers);
      return;
    }
    this.#held = [];
    this.#flush();
    this.#table += 1;
    this.#header = first.fields;
    this.#width = first.fields.length;
    this.#columns = findLayout([first, ...followers], this.#width).columns;
    this.book.add('several_tables', first.line);
    for (const record of followers) this.#sort(record);
  }

  /** The first held record was a record like others; the rest is looked at afresh. */
  #release(first: TableRecord, followers: readonly TableRecord[]): void {
    this.#held = [];
    this.#keep(first);
    for (const record of followers) this.#sort(record);
  }

  #settleEnd(): void {
    while (this.#held.length > 0) {
      const [first, ...followers] = this.#held;
      if (first === undefined) return;
      if (startsTable(first, this.#columns) && followers.length > 0) this.#decideTable(first, followers);
      else this.#settleEdge(first, followers);
    }
  }

  #settleEdge(first: TableRecord, followers: readonly TableRecord[]): void {
    const reason = isTotal(first, this.#columns) ? 'total_row' : 'footer';
    if (reason === 'footer' && !isFooter(first, this.#columns)) {
      this.#release(first, followers);
      return;
    }
    this.#leave(first, reason);
    this.#held = [...followers];
  }

  #leave(record: TableRecord, reason: LeftOut['reason']): void {
    this.book.add(reason, record.line);
    this.#leftOut.push({ line: record.line, raw: record.raw, reason });
  }

  #keep(record: TableRecord): void {
    if (this.#isRepeatedHeader(record)) {
      this.#leave(record, 'repeated_header');
      return;
    }
    if (record.fault !== undefined) this.book.add(record.fault, record.line);
    if (record.fields.length === this.#width) {
      this.#records.push(record);
      return;
    }
    const reread = readOtherDelimiter(record, this.#dialect, this.#columns);
    if (reread === undefined)
      this.book.add(record.fields.length < this.#width ? 'short_records' : 'long_records', record.line);
    else this.book.add('other_delimiter', record.line);
    this.#records.push(reread ?? record);
  }

  #noteHeader(headerRecords: number): void {
    const header = this.#layout.header;
    if (header === null) {
      this.book.add('no_header');
      return;
    }
    if (headerRecords > 1) this.book.add('header_records');
    if (header.length !== this.#width) this.book.add('header_width');
    if (header.some((name) => name.trim() === '')) this.book.add('header_blank');
    if (new Set(header.map(headerKey)).size < header.length) this.book.add('header_repeated');
  }

  #noteHeaderRecord(record: TableRecord): void {
    if (record.fault !== undefined) this.book.add(record.fault, record.line);
    const isReread = this.#layout.headerRecords === 1 && record.fields.length !== this.#header?.length;
    if (isReread) this.book.add('other_delimiter', record.line);
  }

  #flush(): void {
    if (this.#records.length === 0 && this.#leftOut.length === 0) return;
    this.#done.push({
      table: this.#table,
      header: this.#header,
      records: this.#records,
      leftOut: this.#leftOut,
    });
    this.#records = [];
    this.#leftOut = [];
  }

  #settled(): TableBatch[] {
    this.#flush();
    const batches = this.#done;
    this.#done = [];
    return batches;
  }
}
