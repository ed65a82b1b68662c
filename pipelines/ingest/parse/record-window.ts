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
  readonly #letters: 'utf8' | 'latin1';
  #bytes: Buffer = Buffer.alloc(0);
  #text = '';
  /** Where the window begins and ends in the bytes. */
  #windowStart = 0;
  #windowEnd = 0;
  /** Where the next record begins; -1 where that is not known. */
  #next = -1;
  #size = smallest;

  /** `letters`: what the bytes are; as latin1, each is one. */
  constructor(dialect: Dialect, width: number, letters: 'utf8' | 'latin1' = 'utf8') {
    this.#letters = letters;
    this.#reader = new RecordReader(dialect, { width });
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#windowEnd = 0;
    this.#next = -1;
  }

  /** The record at an offset; undefined where it does not end within the bytes. `isLast`: no more bytes follow. */
  read(start: number, isLast: boolean): PlacedRecord | undefined {
    if (start !== this.#next && !this.#seek(start)) {
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

  /** Goes to a record within the window, where a letter is a byte. */
  #seek(start: number): boolean {
    const isWithin = start >= this.#windowStart && start < this.#windowEnd;
    if (!isWithin || this.#text.length !== this.#windowEnd - this.#windowStart) return false;
    this.#reader.seek(start - this.#windowStart);
    return true;
  }

  #open(start: number): void {
    const bytes = this.#bytes;
    let end = Math.min(start + this.#size, bytes.length);
    if (this.#letters === 'utf8') while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end += 1;
    this.#windowStart = start;
    this.#windowEnd = end;
    this.#text = bytes.toString(this.#letters, start, end);
    this.#next = -1;
    this.#reader.open(this.#text);
  }

  #place(record: TableRecord, start: number, before: number): PlacedRecord {
    const behind = Math.min(this.#reader.position, this.#text.length);
    const rawEnd = start + Buffer.byteLength(record.raw, this.#letters);
    const end = rawEnd + behind - before - record.raw.length;
    this.#next = end;
    return { record, rawEnd, end };
  }
}
