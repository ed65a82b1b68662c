import type { Note } from '../../../pipelines/domain/receipt.ts';
import { detectDialect } from '../../../pipelines/ingest/detect/detect-dialect.ts';
import type { Detection, DialectHints } from '../../../pipelines/ingest/detect/dialect.ts';
import { readTable } from '../../../pipelines/ingest/parse/read-table.ts';
import type { LeftOut } from '../../../pipelines/ingest/parse/table-batch.ts';

export interface ReadBack {
  readonly detection: Detection;
  /** Header first where the table has one. */
  readonly tables: readonly (readonly (readonly string[])[])[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly Note[];
  readonly codes: readonly string[];
}

/** Reads a whole file the way the product does, in chunks of a given size. */
export async function readBack(bytes: Uint8Array, chunk = 1 << 16, hints: DialectHints = {}): Promise<ReadBack> {
  const detection = detectDialect(bytes.subarray(0, 1 << 18), hints);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, at) =>
    bytes.subarray(at * chunk, (at + 1) * chunk),
  );
  const reading = readTable(chunks, detection);
  const tables: string[][][] = [];
  const leftOut: LeftOut[] = [];
  for await (const batch of reading.batches) {
    tables[batch.table] ??= batch.header === null ? [] : [[...batch.header]];
    for (const record of batch.records) tables[batch.table]?.push([...record.fields]);
    leftOut.push(...batch.leftOut);
  }
  const notes = reading.notes();
  return { detection, tables, leftOut, notes, codes: notes.map(({ code }) => code) };
}

/** The same from text, written as UTF-8. */
export function readText(text: string, chunk?: number, hints?: DialectHints): Promise<ReadBack> {
  return readBack(Buffer.from(text), chunk, hints);
}
