/** What happened to one delivered file. The receipt is written last: it is the commit point of an ingest. */
export interface Receipt {
  readonly version: 1;
  /** Name of the delivered file, without its folder. */
  readonly file: string;
  /** sha256 of the file's bytes, in hex. */
  readonly export: string;
  /** Contract id, or "unknown". */
  readonly source: string;
  /** First dataset that the contract feeds; `staged` names them all. */
  readonly dataset: string | null;
  readonly status: 'accepted' | 'partial' | 'refused' | 'duplicate';
  /** rows_in = accepted + rejected + repeated, always. Blank records are no rows; they are a note. */
  readonly rows_in: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Rows that a file which landed before states too, under `append`. They are staged as well: the build settles them. */
  readonly repeated: number;
  readonly reasons: readonly RejectReason[];
  /** Every departure from a clean table: what was found and how it was read. */
  readonly notes: readonly Note[];
  /** 1 for the first reading, one more for each replay or erasure. The highest attempt of a file counts. */
  readonly attempt: number;
  readonly raw_key: string | null;
  /** sha256 of the kept file where somebody was erased from it; the tombstone of `export` leads to it. */
  readonly raw_sha?: string;
  readonly quarantine_key: string | null;
  readonly staged: readonly StagedPart[];
  readonly bytes: number;
  /** ISO instant in UTC at which the file was first seen; kept by every later attempt. */
  readonly landed_at: string;
  /** ISO instant in UTC that orders exports of the same data: column, file name, or `landed_at`. */
  readonly exported_at: string;
  /** Fingerprint of the contract that read it. */
  readonly contract: string | null;
}

export interface RejectReason {
  /** Stable code and column, as `not_a_number:price`. */
  readonly reason: string;
  readonly count: number;
  /** `_line` of the first such record. */
  readonly example_line: number;
}

export interface Note {
  readonly code: string;
  readonly count: number;
  readonly text: string;
}

/** One immutable Parquet file of typed rows. Dates are ISO days, both null where no row has a date. */
export interface StagedPart {
  readonly dataset: string;
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
  readonly min_date: string | null;
  readonly max_date: string | null;
  /** Rows without a date; such a part is read for every month. */
  readonly undated: number;
}
