import { quotedString } from '@duckdb/node-api';
import { rawCell } from '../sql/column-sql.ts';

/** Which cells of a record are wanted, with their SQL types, and how many it has. */
export interface RecordShape {
  readonly width: number;
  readonly cells: ReadonlyMap<number, string>;
}

/** `line`: ordinal of the record in the export. */
export interface Misfit {
  readonly line: number;
  readonly reason: 'field_count' | 'undecodable';
}

/** A text in a file, as the engine is to read it. */
export interface ChunkFile {
  readonly path: string;
  readonly delimiter: string;
  /** Ordinal of its first record in the export. */
  readonly firstLine: number;
  /** Records that are no rows of the table whatever their cells say. */
  readonly misfits: readonly Misfit[];
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
  const cases = (['undecodable', 'field_count'] as const).map((reason) => caseOf(reason, file.misfits));
  return `select *, case ${cases.join('')}end as _shape from (${records})`;
}

function caseOf(reason: Misfit['reason'], misfits: readonly Misfit[]): string {
  const lines = misfits.flatMap((misfit) => (misfit.reason === reason ? [misfit.line] : []));
  return lines.length === 0 ? '' : `when _line in (${lines.join(', ')}) then '${reason}' `;
}
