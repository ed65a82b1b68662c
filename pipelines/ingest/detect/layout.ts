import type { TableRecord } from '../parse/record-reader.ts';
import { type CellType, cellType, isValueType } from './cell-type.ts';
import type { DialectHints, Layout } from './dialect.ts';

/** Records from the start of a file that are looked at for its header. */
const searchedRecords = 40;
const mostHeaderRecords = 3;

/** Finds preamble and header among the first records of a file. `width`: fields of a regular record. */
export function findLayout(records: readonly TableRecord[], width: number, hints: DialectHints): Layout {
  const columns = columnTypes(records, width);
  const first = firstTableRecord(records, width);
  const bare: Layout = { width, preamble: first, headerRecords: 0, header: null };
  if (hints.headerless === true || first >= records.length) return bare;
  const headers = headerRun(records.slice(first, first + mostHeaderRecords), columns);
  if (headers.length === 0) return bare;
  return { width, preamble: first, headerRecords: headers.length, header: joinHeaders(headers) };
}

/** A record belongs to the table from the first one that is as wide as the table and mostly filled. */
function firstTableRecord(records: readonly TableRecord[], width: number): number {
  const searched = records.slice(0, searchedRecords);
  const at = searched.findIndex((record) => isFull(record, width));
  return at < 0 ? 0 : at;
}

function isFull(record: TableRecord, width: number): boolean {
  const filled = record.fields.filter((field) => field.trim() !== '').length;
  if (width === 1) return filled === 1;
  return Math.abs(record.fields.length - width) <= 1 && filled > Math.max(1, width / 3);
}

/** The type that most filled cells of each column have, over regular records; undefined for a column without one. */
function columnTypes(records: readonly TableRecord[], width: number): (CellType | undefined)[] {
  const regular = records.filter((record) => record.fields.length === width).slice(1);
  return Array.from({ length: width }, (_, column) => {
    const counts = new Map<CellType, number>();
    let filled = 0;
    for (const record of regular) {
      const type = cellType(record.fields[column] ?? '');
      if (type === 'blank') continue;
      filled += 1;
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    return [...counts].find(([, count]) => count * 3 >= filled * 2)?.[0];
  });
}

function headerRun(records: readonly TableRecord[], columns: readonly (CellType | undefined)[]): TableRecord[] {
  const valueColumns = columns.flatMap((type, index) => (type !== undefined && isValueType(type) ? [index] : []));
  const run: TableRecord[] = [];
  for (const record of records) {
    const isHeader =
      valueColumns.length === 0 ? run.length === 0 && isTextual(record) : breaksTypes(record, valueColumns);
    if (!isHeader) break;
    run.push(record);
  }
  return run;
}

function isTextual(record: TableRecord): boolean {
  return record.fields.every((field) => !isValueType(cellType(field)));
}

/** A header has text where the table has values, in all such columns but a few. */
function breaksTypes(record: TableRecord, valueColumns: readonly number[]): boolean {
  const values = valueColumns.filter((column) => isValueType(cellType(record.fields[column] ?? ''))).length;
  return values * 4 < valueColumns.length && record.fields.some((field) => field.trim() !== '');
}

function joinHeaders(records: readonly TableRecord[]): string[] {
  const width = Math.max(...records.map((record) => record.fields.length));
  return Array.from({ length: width }, (_, column) =>
    records
      .map((record) => record.fields[column] ?? '')
      .filter((name) => name !== '')
      .join(' '),
  );
}
