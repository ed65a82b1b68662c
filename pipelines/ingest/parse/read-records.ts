import { cleanDialect, type DialectHints } from '../detect/dialect.ts';
import { findLayout } from '../detect/layout.ts';
import type { TableRecord } from './record-reader.ts';
import { TableAssembler } from './table-assembler.ts';
import type { TableBatch } from './table-batch.ts';

/** A run of records that is one table, or several below each other: a sheet, a JSON array. */
export interface RecordSource {
  readonly name: string;
  /** `first`: the first record is the header for sure; `find`: it stands somewhere among the first records, or nowhere. */
  readonly header: 'first' | 'find';
  readonly records: AsyncIterable<readonly TableRecord[]>;
}

/** Records that are held to find the header and the width. */
const sampledRecords = 200;

/** Sorts records that need no cutting into tables. `first`: number of the first table. Returns the assembler at the end. */
export async function* assembleRecords(
  source: RecordSource,
  first: number,
  hints: DialectHints,
): AsyncGenerator<TableBatch, TableAssembler | undefined> {
  let held: TableRecord[] = [];
  let assembler: TableAssembler | undefined;
  const named = (batch: TableBatch): TableBatch => ({ ...batch, table: first + batch.table, name: source.name });
  for await (const records of source.records) {
    held.push(...records);
    if (assembler === undefined && held.length < sampledRecords) continue;
    assembler ??= startTable(held, source.header, hints);
    yield* assembler.push(padded(held, assembler.width)).map(named);
    held = [];
  }
  if (assembler === undefined && held.length === 0) return undefined;
  assembler ??= startTable(held, source.header, hints);
  yield* [...assembler.push(padded(held, assembler.width)), ...assembler.end()].map(named);
  return assembler;
}

function startTable(
  records: readonly TableRecord[],
  header: RecordSource['header'],
  hints: DialectHints,
): TableAssembler {
  const width = Math.max(1, ...records.slice(0, sampledRecords).map(usedWidth));
  const layout = findLayout(padded(records, width), width, { ...hints, sayNamesOnce: true });
  if (header === 'find') return new TableAssembler(cleanDialect, layout);
  const names = { preamble: 0, headerRecords: 1, header: records[0]?.fields ?? [] };
  return new TableAssembler(cleanDialect, { ...layout, ...names });
}

function usedWidth(record: TableRecord): number {
  return record.fields.findLastIndex((field) => field.trim() !== '') + 1;
}

/** Sheets leave out blank cells at the end of a row, and keep blank ones that only have a colour. */
function padded(records: readonly TableRecord[], width: number): TableRecord[] {
  return records.map((record) => {
    const used = usedWidth(record);
    const length = Math.max(width, used);
    if (record.fields.length === length) return record;
    return { ...record, fields: Array.from({ length }, (_, at) => record.fields[at] ?? '') };
  });
}
