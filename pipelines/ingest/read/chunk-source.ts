import { quotedString } from '@duckdb/node-api';
import { rawCell } from '../sql/column-sql.ts';

/** Which cells of a record are wanted, with their SQL types, and how many it has. */
export interface RecordShape {
  readonly width: number;
  readonly cells: ReadonlyMap<number, string>;
}

/** A text in a file, as the engine is to read it. */
export interface ChunkFile {
  readonly path: string;
  readonly delimiter: string;
  /** Ordinal of its first record in the export. */
  readonly firstLine: number;
  /** Ordinals of records with too few or too many fields. */
  readonly misfits: readonly number[];
  /** Records end in CRLF. */
  readonly hasReturns: boolean;
  /** A record may be longer than the engine expects any to be. */
  readonly hasLongRecords: boolean;
}

/** SQL: the cells of a chunk, with `_line`, which counts on from `firstLine`, and `_shape` where records do not fit. */
export function textRelation(file: ChunkFile, { width, cells }: RecordShape): string {
  const columns = Array.from({ length: width }, (_, at) => `'_c${at}': '${cells.get(at) ?? 'varchar'}'`).join(', ');
  const options = [
    'header = false, auto_detect = false',
    // Told that records end in CRLF, DuckDB 1.5 reads wrongly without an error; not told of LF, it takes a break within the
    // first record for a line end. Left to itself it refuses mixed line ends.
    ...(file.hasReturns ? [] : ["new_line = '\\n'"]),
    `delim = ${quotedString(file.delimiter)}, quote = '"', escape = '"'`,
    ...(file.hasLongRecords ? ['max_line_size = 16777216, buffer_size = 33554432'] : []),
    `columns = {${columns}}`,
  ];
  // A row number over nothing keeps the plan on one thread; two chunks are read at once instead.
  const kept = [...[...cells.keys()].map(rawCell), `row_number() over () + ${file.firstLine - 1} as _line`];
  const records = `select ${kept.join(', ')} from read_csv(${quotedString(file.path)}, ${options.join(', ')})`;
  if (file.misfits.length === 0) return records;
  return `select *, case when _line in (${file.misfits.join(', ')}) then 'field_count' end as _shape from (${records})`;
}
