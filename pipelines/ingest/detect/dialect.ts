import type { Note } from '../../domain/receipt.ts';
import type { CellType } from './cell-type.ts';
import type { EncodingFinding } from './encoding.ts';

/** How the text of a table file is cut into records and fields. */
export interface Dialect {
  /** WHATWG label that `TextDecoder` takes: `utf-8`, `gb18030`, `utf-16le` … */
  readonly encoding: string;
  /** The file starts with a byte order mark; it is no part of the first field. */
  readonly bom: boolean;
  /** One or more characters; "" where every line is a single field. */
  readonly delimiter: string;
  /** "" where no field is quoted. */
  readonly quote: '"' | "'" | '';
  /** How a quote stands inside a quoted field: written twice, or behind a backslash. */
  readonly escape: 'double' | 'backslash';
  /** `mixed`: any of LF, CRLF and CR ends a record. Under `\n` and `\r\n` a lone CR is part of its field. */
  readonly newline: '\n' | '\r\n' | '\r' | 'mixed';
  /** Fixed-width files: the column at which each field starts (0-based, in characters); `delimiter` is "" then. */
  readonly columnStarts?: readonly number[];
}

/** Where the table stands among the records of a file. */
export interface Layout {
  /** Fields of a regular record of the first table. */
  readonly width: number;
  /** What most cells of each column look like; undefined where they differ. */
  readonly columns: readonly (CellType | undefined)[];
  /** Records before the header that belong to no table; blank records count. */
  readonly preamble: number;
  /** Records that make up the header; 0 where the file has none. */
  readonly headerRecords: number;
  /** One name per column; null where the file has no header. Names of several header records are joined by a blank. */
  readonly header: readonly string[] | null;
}

/** What a caller knows beforehand; every part is optional and wins over detection. */
export interface DialectHints {
  readonly encoding?: string;
  /** What an `EncodingProbe` found in the whole file; better than what the sample can tell. */
  readonly found?: EncodingFinding;
  readonly delimiter?: string;
  readonly quote?: '"' | "'" | '';
  /** The file has no header record. */
  readonly headerless?: boolean;
  /** A name that stands in several header records of a column is one merged cell: it is taken once. */
  readonly sayNamesOnce?: boolean;
  /** Column names that contracts know, as `headerKey` writes them; a record that holds several of them is the header. */
  readonly knownHeaders?: ReadonlySet<string>;
  /** The sheet of a workbook that is wanted, be it hidden or not. */
  readonly sheet?: string;
}

/** What detection found in the sample, with every departure from a clean table. */
export interface Detection {
  readonly dialect: Dialect;
  readonly layout: Layout;
  readonly notes: readonly Note[];
  /** Some bytes are none of the encoding: their records are to be told from the others. */
  readonly isDamaged?: boolean;
}

/** UTF-8, comma, `"` doubled: what `convert` writes, and what needs no note. */
export const cleanDialect: Dialect = {
  encoding: 'utf-8',
  bom: false,
  delimiter: ',',
  quote: '"',
  escape: 'double',
  newline: '\n',
};
