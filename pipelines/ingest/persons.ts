import type { Contract } from '../domain/contract.ts';
import type { LandedFile, WrittenPart } from './ingest.ts';

/** A file without what named the persons. */
export interface RedactedFile {
  readonly path: string;
  /** sha256 of its bytes, in hex. */
  readonly sha: string;
  readonly bytes: number;
  /** `same_bytes`: only cells differ. `clean_csv`: the table of a workbook, archive, JSON or Parquet file. */
  readonly form: 'same_bytes' | 'clean_csv';
  /** Further tables of a workbook or archive, which the copy does not have. */
  readonly tables_left_out: number;
  readonly records: number;
  readonly cells: number;
}

/** A delivered file, and who is to be found in it. */
export interface PersonsInFile {
  readonly file: LandedFile;
  /** Undefined for a file that no contract reads: headers and cells alone tell then. */
  readonly contract: Contract | undefined;
  /** Pseudonyms of the persons. */
  readonly persons: ReadonlySet<string>;
}

/** A staged part: as it was, without the persons, or without any row. */
export type RedactedPart = 'untouched' | 'empty' | WrittenPart;

/** Port: finds persons by their pseudonyms and takes them out of files. Local files only; new ones are written to scratch. */
export interface Persons {
  /** What a text may be called as a phone, a mail, or an account of any channel, under every known key. */
  pseudonymsOf(subject: string): Promise<readonly string[]>;
  /** All pseudonyms that staged parts of `customer_identifiers` join with these. */
  joined(pseudonyms: readonly string[], identifierParts: readonly string[]): Promise<readonly string[]>;
  /** Undefined where nothing in the file names them; of a broken file, nothing of what can be read of it. */
  redactFile(request: PersonsInFile): Promise<RedactedFile | undefined>;
  /** After the file that the part came from: persons who were erased before a rotation have newer pseudonyms there. */
  redactPart(path: string, dataset: string, persons: ReadonlySet<string>): Promise<RedactedPart>;
  /** Path of a quarantine file without them; undefined where it does not name them. */
  redactQuarantine(path: string, request: PersonsInFile): Promise<string | undefined>;
  /** Looks for pseudonyms and one plain value in a file of any kind, or in bytes. */
  search(
    content: string | Uint8Array,
    needles: { readonly pseudonyms: readonly string[]; readonly plain: string },
  ): Promise<boolean>;
  close(): void;
}
