import type { Note } from '../../domain/receipt.ts';
import type { TableRecord } from './record-reader.ts';

/** Text of the file that became no record of a table. Blank records are only counted, in the notes. */
export interface LeftOut {
  readonly line: number;
  readonly raw: string;
  readonly reason: 'preamble' | 'footer' | 'total_row' | 'repeated_header';
}

/** Consecutive records of one table, in file order. */
export interface TableBatch {
  /** 0 for the first table of the file. */
  readonly table: number;
  /** Name of the sheet or archive member that holds the table; undefined where the file is the table. */
  readonly name?: string;
  /** Column names as they stand in the file; null where the table has none. The same for all batches of a table. */
  readonly header: readonly string[] | null;
  readonly records: readonly TableRecord[];
  readonly leftOut: readonly LeftOut[];
}

/** A file being read: `batches` once, then `notes`. */
export interface TableReading {
  readonly batches: AsyncIterable<TableBatch>;
  /** Every departure from a clean table; complete when `batches` is exhausted. */
  notes(): Note[];
}
