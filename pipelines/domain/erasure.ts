/**
 * What is left of a raw file from which somebody was erased: which bytes were delivered, and which are kept. It lies under
 * `erasures/tombstones/<delivered sha>/<kept sha>.json` and names nobody.
 */
export interface Tombstone {
  readonly version: 1;
  /** sha256 of the bytes as they were delivered: the file's name on receipts and rows for ever. */
  readonly export: string;
  /** sha256 of the bytes that were kept until then. */
  readonly replaced: string;
  /** sha256 and key of the copy that is kept instead. */
  readonly kept: string;
  readonly raw_key: string;
  /** `same_bytes`: only cells differ. `clean_csv`: the table of a workbook, archive, JSON or Parquet file. */
  readonly form: 'same_bytes' | 'clean_csv';
  readonly tables_left_out: number;
  readonly records: number;
  readonly cells: number;
  /** ISO instant in UTC. */
  readonly erased_at: string;
}

/** Who is not to be named again. Only keyed pseudonyms: without the key it tells nothing, with it only what it must. */
export interface Suppressions {
  readonly version: 1;
  /** Pseudonyms by person, under every key that was known. */
  readonly persons: readonly (readonly string[])[];
}

export const suppressionsKey = 'erasures/suppressed.json';
export const tombstonesPrefix = 'erasures/tombstones/';

export function tombstoneKey({ export: delivered, kept }: Pick<Tombstone, 'export' | 'kept'>): string {
  return `${tombstonesPrefix}${delivered}/${kept}.json`;
}

/** Puts a person on the list; joined with whoever shares a pseudonym, so that a second erasure knows what the first did. */
export function withSuppressed({ persons }: Suppressions, person: readonly string[]): Suppressions {
  const own = new Set(person);
  const shares = (other: readonly string[]) => other.some((ref) => own.has(ref));
  const joined = new Set([...person, ...persons.filter(shares).flat()]);
  return { version: 1, persons: [...persons.filter((other) => !shares(other)), [...joined].sort()] };
}
