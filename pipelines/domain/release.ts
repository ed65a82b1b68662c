/** A part: the immutable rows of one mart (or materialised staging model) for one month, or for all time. */
export interface MartPart {
  /** First day of the month (ISO), or null for a mart without months. */
  readonly month: string | null;
  /** Hash of the part's rows; equal rows have an equal id, whichever way they were built. */
  readonly id: string;
  readonly keys: readonly string[];
  readonly rows: number;
}

/** A release: one consistent build. Readers open a release and see nothing else. */
export interface Release {
  readonly version: 1;
  /** Hash over the parts and the receipts: the same input and catalog give the same id. */
  readonly id: string;
  /** Latest business date that the data know; "today" of every mart in this release. */
  readonly as_of: string | null;
  readonly catalog: string;
  readonly parts: Readonly<Record<string, readonly MartPart[]>>;
  /** Receipt keys that it was built from. */
  readonly receipts: readonly string[];
}
