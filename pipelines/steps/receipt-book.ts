import { createHash } from 'node:crypto';
import type { Receipt } from '../domain/receipt.ts';
import type { Lake } from '../lake/lake.ts';
import { findJson } from './lake-json.ts';

/**
 * The receipt of a file that counts: its highest attempt. Undefined for a file that was never read to its end. A copy from
 * which somebody was erased has the receipt of what it was made from.
 */
export async function findReceipt(lake: Lake, sha: string): Promise<Receipt | undefined> {
  const copy = await findJson<Receipt>(lake, copyKey(sha));
  if (copy === undefined) return undefined;
  let newest = copy;
  for await (const { key } of lake.list(`receipts/${copy.source}/${copy.export}/`)) {
    if (!/\/\d+\.json$/.test(key)) continue;
    const receipt = await findJson<Receipt>(lake, key);
    if (receipt !== undefined && receipt.attempt >= newest.attempt) newest = receipt;
  }
  return newest;
}

/**
 * Writes a receipt: the commit point. Where another run has committed the same attempt first, its receipt stands and what
 * this run staged is left for `gc`.
 */
export async function commitReceipt(lake: Lake, receipt: Receipt): Promise<Receipt> {
  const key = `receipts/${receipt.source}/${receipt.export}/${receipt.attempt}.json`;
  const created = await lake.create(key, encode(receipt));
  const standing = created === 'created' ? receipt : ((await findJson<Receipt>(lake, key)) ?? receipt);
  await writeCopy(lake, standing);
  if (created === 'created' || standing.status === 'refused') return standing;
  return await duplicateOf(lake, standing, receipt.file);
}

/** The receipt of a file that was delivered again. Under another name it leaves a trace, under its own nothing. */
export async function duplicateOf(lake: Lake, known: Receipt, file: string): Promise<Receipt> {
  const duplicate: Receipt = {
    ...known,
    file,
    status: 'duplicate',
    accepted: 0,
    rejected: 0,
    repeated: known.rows_in,
    reasons: [],
    notes: [{ code: 'duplicate', count: 1, text: `The same bytes were read before as ${known.file}.` }],
    quarantine_key: null,
    staged: [],
  };
  if (file !== known.file) {
    const name = createHash('sha256').update(file).digest('hex').slice(0, 16);
    await lake.create(`receipts/${known.source}/${known.export}/duplicate-${name}.json`, encode(duplicate));
  }
  return duplicate;
}

/** When a file was first seen: on the receipt of a run that was killed before its copy was written, or now. */
export async function firstLanding(lake: Lake, sha: string, now: Date): Promise<Date> {
  for await (const { key } of lake.list('receipts/unknown/')) {
    if (!key.startsWith(`receipts/unknown/${sha}/`)) continue;
    const receipt = await findJson<Receipt>(lake, key);
    if (receipt !== undefined) return new Date(receipt.landed_at);
  }
  return now;
}

/**
 * `receipts/<sha>.json` always shows the newest attempt; losing a race means that a newer one stands there already. A copy
 * from which somebody was erased is found under its own hash as well.
 */
export async function writeCopy(lake: Lake, receipt: Receipt): Promise<void> {
  await swapCopy(lake, copyKey(receipt.export), receipt);
  if (receipt.raw_sha !== undefined) await swapCopy(lake, copyKey(receipt.raw_sha), receipt);
}

async function swapCopy(lake: Lake, key: string, receipt: Receipt): Promise<void> {
  const standing = await lake.readVersion(key);
  if (standing !== undefined && Buffer.from(standing.body).equals(Buffer.from(encode(receipt)))) return;
  await lake.swap(key, encode(receipt), standing?.tag);
}

function copyKey(sha: string): string {
  return `receipts/${sha}.json`;
}

function encode(receipt: Receipt): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(receipt, null, 1)}\n`);
}
