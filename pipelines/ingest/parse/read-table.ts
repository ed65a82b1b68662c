import type { Note } from '../../domain/receipt.ts';
import type { Detection } from '../detect/dialect.ts';
import { RecordReader, type TableRecord } from './record-reader.ts';

/** Text of the file that became no record of a table. */
export interface LeftOut {
  readonly line: number;
  readonly raw: string;
  readonly reason: 'preamble' | 'footer' | 'repeated_header' | 'blank';
}

/** Consecutive records of one table, in file order. */
export interface TableBatch {
  /** 0 for the first table of the file. */
  readonly table: number;
  /** Column names; null where the table has none. The same for all batches of a table. */
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

/** Reads a table file as its detection says: bytes in chunks of any size → batches of records, in bounded memory. */
export function readTable(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  detection: Detection,
): TableReading {
  const notes = [...detection.notes];
  return { batches: batches(chunks, detection), notes: () => notes };
}

async function* batches(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { dialect, layout }: Detection,
): AsyncGenerator<TableBatch> {
  const decoder = new TextDecoder(dialect.encoding);
  const reader = new RecordReader(dialect, { width: layout.width });
  let ordinal = 0;
  const split = (records: readonly TableRecord[]): TableBatch => {
    const body: TableRecord[] = [];
    const leftOut: LeftOut[] = [];
    for (const record of records) {
      const at = ordinal;
      ordinal += 1;
      if (at < layout.preamble) leftOut.push({ line: record.line, raw: record.raw, reason: 'preamble' });
      else if (at >= layout.preamble + layout.headerRecords && record.raw !== '') body.push(record);
    }
    return { table: 0, header: layout.header, records: body, leftOut };
  };
  for await (const chunk of chunks) yield split(reader.push(decoder.decode(chunk, { stream: true })));
  yield split([...reader.push(decoder.decode()), ...reader.end()]);
}
