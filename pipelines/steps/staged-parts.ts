import type { Receipt, StagedPart } from '../domain/receipt.ts';
import type { WrittenPart } from '../ingest/ingest.ts';
import type { Lake } from '../lake/lake.ts';

/** A written part under the key where it is put. */
export function stagedPart({ dataset, rows, bytes, minDate, maxDate, undated }: WrittenPart, key: string): StagedPart {
  return { dataset, key, rows, bytes, min_date: minDate, max_date: maxDate, undated };
}

export interface EarlierRows {
  readonly source: string;
  readonly dataset: string;
  /** ISO days; null where the new rows have no date. */
  readonly minDate: string | null;
  readonly maxDate: string | null;
  /** The file that asks: its own earlier attempts do not count. */
  readonly export: string;
  /** Where the file had rows before: when it landed. Files that came after it repeat it, and it repeats none of them. */
  readonly landedAt: string | null;
}

/** Local files of the staged parts of a source that may hold rows of the same days. */
export async function earlierParts(lake: Lake, wanted: EarlierRows): Promise<string[]> {
  const newest = new Map<string, Receipt>();
  for await (const { key } of lake.list(`receipts/${wanted.source}/`)) {
    if (!/\/\d+\.json$/.test(key)) continue;
    const body = await lake.read(key);
    if (body === undefined) continue;
    const receipt = JSON.parse(new TextDecoder().decode(body)) as Receipt;
    const other = newest.get(receipt.export);
    if (other === undefined || receipt.attempt > other.attempt) newest.set(receipt.export, receipt);
  }
  newest.delete(wanted.export);
  const earlier = [...newest.values()].filter(
    ({ landed_at }) => wanted.landedAt === null || landed_at <= wanted.landedAt,
  );
  const parts = earlier.flatMap(({ staged }) => staged.filter((part) => mayOverlap(part, wanted)));
  return await Promise.all(parts.map(({ key }) => lake.localPath(key)));
}

function mayOverlap(part: StagedPart, { dataset, minDate, maxDate }: EarlierRows): boolean {
  if (part.dataset !== dataset) return false;
  if (part.undated > 0 || minDate === null || maxDate === null || part.min_date === null || part.max_date === null)
    return true;
  return part.min_date <= maxDate && part.max_date >= minDate;
}
