import type { Dialect } from '../detect/dialect.ts';
import { RecordReader, type TableRecord } from './record-reader.ts';

/** A record with the places of the text where it ends. */
export interface PlacedRecord {
  readonly record: TableRecord;
  /** Behind its last letter. */
  readonly rawEnd: number;
  /** Behind its line end. */
  readonly end: number;
}

const smallest = 1 << 12;
const largest = 1 << 18;

/**
 * Reads single records out of UTF-8 bytes with the tolerant reader. Only as much is decoded as a record needs; where one
 * follows the other, more and more at once.
 */
export class RecordWindow {
  readonly #reader: RecordReader;
  #bytes: Buffer = Buffer.alloc(0);
  #text = '';
  /** Bytes that the window holds, and the place of the next record in them. */
  #windowEnd = 0;
  #next = -1;
  #size = smallest;

  constructor(dialect: Dialect, width: number) {
    this.#reader = new RecordReader(dialect, { width });
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#next = -1;
  }

  /** The record at an offset; undefined where it does not end within the bytes. `isLast`: no more bytes follow. */
  read(start: number, isLast: boolean): PlacedRecord | undefined {
    if (start !== this.#next) {
      this.#size = smallest;
      this.#open(start);
    }
    for (;;) {
      const isWhole = this.#windowEnd === this.#bytes.length;
      const before = this.#reader.position;
      const record = this.#reader.next(isLast && isWhole);
      if (record !== undefined) return this.#place(record, start, before);
      if (isWhole) {
        this.#next = -1;
        return undefined;
      }
      this.#size = start === this.#next ? Math.min(this.#size * 2, largest) : this.#size * 2;
      this.#open(start);
    }
  }

  #open(start: number): void {
    const bytes = this.#bytes;
    let end = Math.min(start + this.#size, bytes.length);
    while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end += 1;
    this.#windowEnd = end;
    this.#text = bytes.toString('utf8', start, end);
    this.#next = -1;
    this.#reader.open(this.#text);
  }

  #place(record: TableRecord, start: number, before: number): PlacedRecord {
    const behind = Math.min(this.#reader.position, this.#text.length);
    const rawEnd = start + Buffer.byteLength(record.raw);
    const end = rawEnd + behind - before - record.raw.length;
    this.#next = end;
    return { record, rawEnd, end };
  }
}
