import type { PlacedRecord } from './record-window.ts';

/** By column of a table. */
export interface WantedCells {
  /** Where a cell's offsets are kept; -1 where they are not wanted. */
  readonly places: Int32Array;
  /** 1 where equal cells have to be equal bytes. */
  readonly compared: Uint8Array;
}

/** Where the offsets of a record's cells begin. */
export interface CellOffsets {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly first: number;
}

const quote = '"';

/** Finds the cells of a record that was read anew in the text that it was read from. */
export class StandingCells {
  readonly #wanted: WantedCells;
  /** Every wanted cell of the record stands there letter by letter, as one does not from which doubled quotes were taken. */
  areAll = true;
  /** Those that are compared do. What holds quotes may be another record's cell, written otherwise. */
  areCompared = true;

  #raw = '';
  #areLettersBytes = true;
  /** How far the record is gone through, in letters of it and in bytes of the text. */
  #letter = 0;
  #byte = 0;

  constructor(wanted: WantedCells) {
    this.#wanted = wanted;
  }

  /** Keeps where the cells of a record stand that starts here; in place of one that does not, an empty one. */
  find({ record, rawEnd }: PlacedRecord, start: number, { starts, ends, first }: CellOffsets): void {
    const { places } = this.#wanted;
    this.#raw = record.raw;
    this.#areLettersBytes = rawEnd - start === record.raw.length;
    this.#letter = 0;
    this.#byte = start;
    this.areAll = true;
    this.areCompared = true;
    for (let column = 0; column < places.length; column += 1) {
      const place = places[column] as number;
      if (place < 0) continue;
      const cell = record.fields[column] ?? '';
      const stands = this.#goTo(cell);
      if (!stands) this.areAll = false;
      if (this.#wanted.compared[column] === 1 && (!stands || cell.includes(quote))) this.areCompared = false;
      starts[first + place] = this.#byte;
      if (stands) this.#go(cell.length);
      ends[first + place] = this.#byte;
    }
  }

  /** Goes to where a cell stands next; false where it does not. An earlier place with the same letters is as good. */
  #goTo(cell: string): boolean {
    const found = this.#raw.indexOf(cell, this.#letter);
    if (found < 0) return false;
    this.#go(found - this.#letter);
    return true;
  }

  #go(letters: number): void {
    const end = this.#letter + letters;
    this.#byte += this.#areLettersBytes ? letters : Buffer.byteLength(this.#raw.slice(this.#letter, end));
    this.#letter = end;
  }
}
