import type { TableRecord } from '../parse/record-reader.ts';
import { type CellType, cellType, isValueType } from './cell-type.ts';
import type { DialectHints, Layout } from './dialect.ts';

/** Records from the start of a file among which its header is looked for. */
const searchedRecords = 60;
const mostHeaderRecords = 3;

/** Finds preamble, header and column types among the first records of a file. `width`: fields of a regular record. */
export function findLayout(records: readonly TableRecord[], width: number, hints: DialectHints = {}): Layout {
  const columns = columnTypes(records, width);
  const known = hints.headerless === true ? -1 : knownHeader(records, hints.knownHeaders);
  const first = known < 0 ? firstTableRecord(records, columns) : known;
  const bare: Layout = { width, columns, preamble: first, headerRecords: 0, header: null };
  if (hints.headerless === true || first >= records.length) return bare;
  const headers = known < 0 ? headerRun(records.slice(first, first + mostHeaderRecords), columns) : [records[known]];
  const run = headers.filter((record) => record !== undefined);
  const found = withoutTitles(run);
  if (found.length === 0) return bare;
  const preamble = first + run.length - found.length;
  return { ...bare, preamble, headerRecords: found.length, header: joinHeaders(found, hints.sayNamesOnce === true) };
}

/** Above the names, records with fewer cells are titles and parameters of the export, those behind # are comments. */
function withoutTitles(run: readonly TableRecord[]): readonly TableRecord[] {
  const named = run.slice(
    Math.max(
      0,
      run.findIndex((record) => !record.raw.startsWith('#')),
    ),
  );
  const fullest = Math.max(...named.map((record) => filledCells(record)));
  return named.slice(named.findIndex((record) => filledCells(record) === fullest));
}

/** The form in which column names are compared: half width, without case, quotes and surrounding blanks. */
export function headerKey(name: string): string {
  return name
    .normalize('NFKC')
    .trim()
    .replace(/^["']+|["']+$/g, '')
    .toLowerCase();
}

/** The record that holds most of the names that the caller knows, two at least; -1 where none does. */
function knownHeader(records: readonly TableRecord[], known: ReadonlySet<string> | undefined): number {
  if (known === undefined) return -1;
  let chosen = -1;
  let most = 1;
  for (const [at, record] of records.slice(0, searchedRecords).entries()) {
    const count = new Set(record.fields.map(headerKey).filter((name) => known.has(name))).size;
    if (count <= most || count * 3 < record.fields.length) continue;
    most = count;
    chosen = at;
  }
  return chosen;
}

/** A table starts with the first record that is about as wide as the table and mostly filled, or that has its values. */
function firstTableRecord(records: readonly TableRecord[], columns: readonly (CellType | undefined)[]): number {
  const at = records
    .slice(0, searchedRecords)
    .findIndex((record) => isFull(record, columns.length) || hasValues(record, columns));
  return Math.max(at, 0);
}

function isFull(record: TableRecord, width: number): boolean {
  const filled = filledCells(record);
  if (width <= 2) return filled === width;
  return Math.abs(record.fields.length - width) <= 1 && filled * 2 > width;
}

function hasValues(record: TableRecord, columns: readonly (CellType | undefined)[]): boolean {
  if (record.fields.length !== columns.length) return false;
  const hits = columns.filter(
    (type, at) => type !== undefined && isValueType(type) && cellType(record.fields[at] ?? '') === type,
  );
  return hits.length >= 2;
}

/** Cells of a record that hold more than blanks, counted up to a limit. */
export function filledCells(record: TableRecord, limit = Number.POSITIVE_INFINITY): number {
  let filled = 0;
  for (const field of record.fields) {
    if (field === '' || field.trim() === '') continue;
    filled += 1;
    if (filled >= limit) return filled;
  }
  return filled;
}

/** The type that half of the filled cells of a column share, over regular records; undefined where none does. */
function columnTypes(records: readonly TableRecord[], width: number): (CellType | undefined)[] {
  const regular = records.filter((record) => record.fields.length === width).slice(1);
  return Array.from({ length: width }, (_, column) => commonType(regular, column));
}

function commonType(records: readonly TableRecord[], column: number): CellType | undefined {
  const counts = new Map<CellType, number>();
  let filled = 0;
  for (const record of records) {
    const type = cellType(record.fields[column] ?? '');
    if (type === 'blank') continue;
    filled += 1;
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const shared = [...counts].filter(([, count]) => count * 2 >= filled).map(([type]) => type);
  return shared.find(isValueType) ?? shared[0];
}

function headerRun(records: readonly TableRecord[], columns: readonly (CellType | undefined)[]): TableRecord[] {
  const valueColumns = columns.flatMap((type, index) => (type !== undefined && isValueType(type) ? [index] : []));
  const run: TableRecord[] = [];
  for (const record of records) {
    if (!continuesHeader(record, run, valueColumns)) break;
    run.push(record);
  }
  return run;
}

/** With fewer than two columns of values, a second header record cannot be told from a record of text. */
function continuesHeader(record: TableRecord, run: readonly TableRecord[], valueColumns: readonly number[]): boolean {
  if (run.length > 0 && valueColumns.length < 2) return run.some((earlier) => sameCells(earlier.fields, record.fields));
  if (valueColumns.length === 0) return record.fields.every((field) => !isValueType(cellType(field)));
  return namesColumns(record, valueColumns);
}

/** Whether two records say the same, cell by cell, surrounding blanks aside. */
export function sameCells(one: readonly string[], other: readonly string[]): boolean {
  return (
    one.length === other.length && one.every((cell, at) => cell === other[at] || cell.trim() === other[at]?.trim())
  );
}

/** A header has words where the table has values, in all such columns but a few. */
function namesColumns(record: TableRecord, valueColumns: readonly number[]): boolean {
  const types = valueColumns.map((column) => cellType(record.fields[column] ?? ''));
  const named = types.filter((type) => type === 'word' || type === 'text').length;
  return named * 4 >= valueColumns.length * 3;
}

function joinHeaders(records: readonly TableRecord[], sayNamesOnce: boolean): string[] {
  const width = Math.max(...records.map((record) => record.fields.length));
  return Array.from({ length: width }, (_, column) => {
    const names = records.map((record) => record.fields[column] ?? '').filter((name) => name !== '');
    return (sayNamesOnce ? [...new Set(names)] : names).join(' ');
  });
}
