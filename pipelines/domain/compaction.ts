import type { StagedFile } from './ledger.ts';
import { monthOf } from './month.ts';
import type { StagedPart } from './receipt.ts';

/** One file in place of many small ones of a source and month. The small ones stay: receipts name them. */
export interface Compaction {
  readonly source: string;
  readonly part: StagedPart;
  readonly exports: readonly string[];
  /** Keys of the files whose rows it holds, in key order. */
  readonly replaces: readonly string[];
}

/** The one object that says which compactions there are. It only saves reading; without it every result is the same. */
export interface CompactionList {
  readonly version: 1;
  readonly compactions: readonly Compaction[];
}

export const compactionsKey = 'compactions/current.json';

/**
 * Files to read instead of these. A compaction holds only while every file that it replaces counts, and never for files
 * that have to be read one by one.
 */
export function withCompactions(
  files: readonly StagedFile[],
  compactions: readonly Compaction[],
  apart: ReadonlySet<string>,
): StagedFile[] {
  const waiting = new Map(files.map((file) => [file.key, file]));
  const taken: StagedFile[] = [];
  for (const { part, source, exports, replaces } of compactions) {
    if (!replaces.every((key) => waiting.has(key) && !apart.has(key))) continue;
    for (const key of replaces) waiting.delete(key);
    taken.push({ ...part, source, export: exports[0] ?? '', exports });
  }
  return [...waiting.values(), ...taken].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/**
 * Groups of small files that are worth one file: same dataset, source and month, all rows dated in it, the month past.
 * @param asOf latest business date; files still come for its month.
 */
export function compactionGroups(
  files: readonly StagedFile[],
  asOf: string | null,
  minimumFiles: number,
): StagedFile[][] {
  const groups = Map.groupBy(files, ({ dataset, source, min_date, max_date, undated }) => {
    if (min_date === null || max_date === null || undated > 0) return undefined;
    const month = monthOf(min_date);
    const isPast = asOf !== null && month < monthOf(asOf);
    return isPast && month === monthOf(max_date) ? `${dataset}/${source}/${month}` : undefined;
  });
  groups.delete(undefined);
  return [...groups.values()].filter((group) => group.length >= minimumFiles);
}
