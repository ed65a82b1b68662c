import type { Contract, ContractOutput } from './contract.ts';
import { type Dataset, dateColumnOf } from './dataset.ts';
import type { Receipt, StagedPart } from './receipt.ts';

/** A receipt with the key under which it lies. */
export interface LedgerEntry {
  readonly key: string;
  readonly receipt: Receipt;
}

/** The receipts that a build is made from, frozen, in key order. */
export type Ledger = readonly LedgerEntry[];

/** A staged part that counts, with the export that it came from. */
export interface StagedFile extends StagedPart {
  readonly source: string;
  readonly export: string;
  /** All exports, where a compaction put several together. */
  readonly exports?: readonly string[];
}

const receiptKey = /^receipts\/[^/]+\/[0-9a-f]{64}\/(?:\d+|duplicate-[^/]+)\.json$/;

/** True for the receipts themselves; false for the convenience copies `receipts/<sha>.json`. */
export function isReceiptKey(key: string): boolean {
  return receiptKey.test(key);
}

/**
 * Receipts that count: the highest attempt of each file, and its later deliveries. A file that was refused as unknown
 * and is known by now counts as what it is known for.
 */
export function countingReceipts(ledger: Ledger): Ledger {
  const highest = new Map<string, LedgerEntry>();
  const known = new Set<string>();
  for (const entry of ledger) {
    const { receipt } = entry;
    if (receipt.source !== 'unknown') known.add(receipt.export);
    if (receipt.status === 'duplicate') continue;
    // A file that was read as another source's before counts once: attempts are numbered by file.
    const other = highest.get(receipt.export);
    if (!other || other.receipt.attempt < receipt.attempt) highest.set(receipt.export, entry);
  }
  const counting = new Set(highest.values());
  return ledger.filter(({ receipt }, index) => {
    if (receipt.source === 'unknown' && known.has(receipt.export)) return false;
    return receipt.status === 'duplicate' || counting.has(ledger[index] as LedgerEntry);
  });
}

/** Staged parts of the receipts that count, in key order. */
export function stagedFiles(ledger: Ledger): StagedFile[] {
  return countingReceipts(ledger)
    .filter(({ receipt }) => receipt.status !== 'duplicate')
    .flatMap(({ receipt }) =>
      receipt.staged.map((part) => ({ ...part, source: receipt.source, export: receipt.export })),
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** First and last business date that the data know; null without any. */
export interface BusinessDates {
  readonly from: string | null;
  readonly as_of: string | null;
}

/**
 * The span of business dates over datasets that belong to a channel. A date after the day that follows the export's own
 * time is a slip of the pen, not the future: it moves no "today".
 */
export function businessDates(ledger: Ledger, datasets: ReadonlyMap<string, Dataset>): BusinessDates {
  const spans = countingReceipts(ledger).flatMap(({ receipt }) => {
    if (receipt.status === 'duplicate') return [];
    const parts = receipt.staged.filter((part) => isDatedByChannel(datasets.get(part.dataset)));
    return parts.flatMap((part) => spanOf(part, dayAfter(receipt.exported_at)));
  });
  const first = spans.map((span) => span.first).sort()[0];
  const last = spans.map((span) => span.last).sort();
  return { from: first ?? null, as_of: last.at(-1) ?? null };
}

function spanOf(part: StagedPart, latest: string): { first: string; last: string }[] {
  if (part.min_date === null || part.max_date === null) return [];
  const last = [part.max_date, latest].sort()[0] ?? latest;
  return [{ first: part.min_date, last }];
}

function isDatedByChannel(dataset: Dataset | undefined): boolean {
  if (!dataset) return false;
  return dateColumnOf(dataset) !== undefined && dataset.columns.some((column) => column.name === 'channel_id');
}

function dayAfter(instant: string): string {
  return new Date(Date.parse(instant) + 86_400_000).toISOString().slice(0, 10);
}

/** Dataset → sources whose contract writes it in this way. */
export function sourcesWriting(
  contracts: Iterable<Contract>,
  write: ContractOutput['write'],
): ReadonlyMap<string, ReadonlySet<string>> {
  const sources = new Map<string, Set<string>>();
  for (const contract of contracts) {
    for (const output of contract.outputs) {
      if (output.write !== write) continue;
      sources.set(output.dataset, (sources.get(output.dataset) ?? new Set()).add(contract.contract));
    }
  }
  return sources;
}
