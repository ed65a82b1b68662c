import { quotedString } from '@duckdb/node-api';
import type { Dialect } from '../detect/dialect.ts';
import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { rawCell } from '../sql/column-sql.ts';

/** Records that the tolerant parser has cut, with the ordinal of the first. */
export interface ParsedChunk {
  readonly records: readonly TableRecord[];
  readonly firstLine: number;
}

/** Which cells of a record are wanted, with their SQL types, and how many it has. */
export interface RecordShape {
  readonly width: number;
  readonly cells: ReadonlyMap<number, string>;
}

/** SQL: the raw cells of a chunk that the engine reads as it stands; `_line` counts on from `firstLine`. */
export function textRelation(file: string, dialect: Dialect, { width, cells }: RecordShape, firstLine: number): string {
  const columns = Array.from({ length: width }, (_, at) => `'_c${at}': '${cells.get(at) ?? 'varchar'}'`).join(', ');
  const options = [
    // No new_line: with it, DuckDB 1.5 reads CRLF text wrongly without an error. Left to itself it refuses mixed line ends.
    'header = false, auto_detect = false',
    `delim = ${quotedString(dialect.delimiter)}`,
    `quote = ${quotedString(dialect.quote)}, escape = ${quotedString(dialect.quote)}`,
    `columns = {${columns}}`,
  ];
  // A row number over nothing keeps the plan on one thread; two chunks are read at once instead.
  const kept = [...[...cells.keys()].map(rawCell), `row_number() over () + ${firstLine - 1} as _line`];
  return `select ${kept.join(', ')} from read_csv(${quotedString(file)}, ${options.join(', ')})`;
}

/** SQL: the raw cells of a chunk that the tolerant parser has cut, written as `parsedText`. */
export function parsedRelation(file: string, { width, cells }: RecordShape): string {
  const columns = Array.from({ length: width }, (_, at) => `'_c${at}': '${cells.get(at) ?? 'varchar'}'`).join(', ');
  const kept = [...[...cells.keys()].map(rawCell), '_line', '_shape'].join(', ');
  return `select ${kept} from read_csv(${quotedString(file)}, header = false, auto_detect = false, delim = ',', quote = '"',
    escape = '"', max_line_size = 16777216, buffer_size = 33554432, columns = {'_line': 'bigint', '_shape': 'varchar', ${columns}})`;
}

/** Parsed records as CSV that the engine cannot misread; their cells stand behind `parsedOffset` others. */
export function parsedText(chunk: ParsedChunk, width: number): Buffer {
  let text = '';
  for (const [at, { fields }] of chunk.records.entries()) {
    text += `${chunk.firstLine + at},${fields.length === width || isPadded(fields, width) ? '' : 'field_count'}`;
    for (let column = 0; column < width; column += 1) text += `,${quotedCell(fields[column] ?? '')}`;
    text += '\n';
  }
  return Buffer.from(text);
}

/** The ordinal and the fault of a record stand before its cells. */
export const parsedOffset = 2;

/** Cuts text into records with the tolerant parser; blank lines give none. */
export function parseText(text: string, dialect: Dialect, width: number): TableRecord[] {
  const reader = new RecordReader({ ...dialect, encoding: 'utf-8', bom: false }, { width });
  return [...reader.push(text), ...reader.end()].filter(({ raw }) => raw !== '');
}

/** Separators too many at the end of a record, with nothing behind them, are harmless. */
function isPadded(fields: readonly string[], width: number): boolean {
  return fields.length > width && fields.slice(width).every((field) => field.trim() === '');
}

const needsQuotes = /[",\r\n]/;

function quotedCell(cell: string): string {
  return needsQuotes.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
