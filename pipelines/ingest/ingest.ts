import type { Contract } from '../domain/contract.ts';
import type { Dataset } from '../domain/dataset.ts';
import type { PersonalHeaders } from '../domain/personal-header.ts';
import type { Note, RejectReason } from '../domain/receipt.ts';
import type { Persons } from './persons.ts';

/** A delivered file, copied and hashed: nothing of it has been interpreted yet. */
export interface LandedFile {
  /** Name of the delivered file, without its folder. */
  readonly name: string;
  /** sha256 of the delivered bytes, in hex. */
  readonly sha: string;
  readonly bytes: number;
  /** Local copy of the delivered bytes. */
  readonly path: string;
  readonly isGzip: boolean;
}

/** Which contract reads a file, or why none does. */
export type Recognition =
  | { readonly kind: 'recognised'; readonly contract: Contract }
  | { readonly kind: 'refused'; readonly reason: string; readonly text: string };

/** Typed rows of one dataset in a finished local Parquet file. Dates are ISO days. */
export interface WrittenPart {
  readonly dataset: string;
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly minDate: string | null;
  readonly maxDate: string | null;
  readonly undated: number;
}

export interface ReadRequest {
  readonly file: LandedFile;
  readonly contract: Contract;
  /** Time at which the export counts as made unless the contract says where the export's own time stands. */
  readonly landedAt: Date;
  /** Private local folder for what is being written. */
  readonly scratch: string;
  /** Local Parquet files of earlier rows of a dataset whose dates may overlap; asked only under `write: append`. */
  earlierParts(dataset: string, minDate: string | null, maxDate: string | null): Promise<readonly string[]>;
  /** Pseudonyms of those who are not to be named: whether one of them is, is found out on the way. */
  readonly suppressed: ReadonlySet<string>;
  /** Called with the number of records read so far. */
  onProgress?(records: number): void;
}

/** What became of the records of one file. `records = accepted + rejected + repeated`. */
export interface ReadOutcome {
  readonly records: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly repeated: number;
  readonly reasons: readonly RejectReason[];
  readonly notes: readonly Note[];
  readonly parts: readonly WrittenPart[];
  /** Local Parquet file of rejected records; null where none was rejected. */
  readonly quarantine: string | null;
  readonly exportedAt: Date;
  /** First dataset that the contract feeds. */
  readonly dataset: string;
  /** Fingerprint of the contract. */
  readonly contract: string;
  /** False where the whole file was seen to name nobody of those who were asked for. */
  readonly mayNameSuppressed: boolean;
}

/** A record that was not accepted. `raw` is its text as delivered: personal data. */
export interface QuarantinedRecord {
  readonly line: number;
  readonly reason: string;
  readonly column: string | null;
  readonly raw: string | null;
}

/** A file that no contract can read; nothing of it is staged. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  readonly text: string;
}

/** Port: delivered files → typed local Parquet files. It knows nothing of the lake. */
export interface Ingest {
  /** Files under the paths, folders walked in name order. @throws IngestError for a path that is not there. */
  find(paths: readonly string[]): Promise<readonly string[]>;
  /** Copies a file into `scratch` and hashes it on the way. */
  land(path: string, scratch: string): Promise<LandedFile>;
  /** Chooses the contract by the file's header. `source` forces one. @throws UsageError for an unknown source. */
  recognise(file: LandedFile, source?: string): Promise<Recognition>;
  read(request: ReadRequest): Promise<ReadOutcome | Refusal>;
  /** Records of a local quarantine file, in their order. `raw` stays null unless `withText` asks for it. */
  quarantined(
    path: string,
    options: { readonly scratch: string; readonly withText: boolean },
  ): Promise<readonly QuarantinedRecord[]>;
  /** Finds persons under the key of the pseudonyms. `scratch` takes its files; whoever opens it closes it. */
  persons(scratch: string): Promise<Persons>;
}

/** What the adapter needs of the catalog. */
export interface IngestCatalog {
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly personalHeaders: PersonalHeaders;
}
