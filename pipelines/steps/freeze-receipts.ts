import { createHash } from 'node:crypto';
import { isReceiptKey, type Ledger, type LedgerEntry } from '../domain/ledger.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Lake } from '../lake/lake.ts';
import { readJson } from './lake-json.ts';

/**
 * The receipts that are there now, in key order. Those that an earlier ledger holds are not read again: a receipt never
 * changes.
 */
export async function freezeReceipts(lake: Lake, earlier: Ledger): Promise<Ledger> {
  const known = new Map(earlier.map((entry) => [entry.key, entry]));
  const ledger: LedgerEntry[] = [];
  for await (const { key } of lake.list('receipts/')) {
    if (isReceiptKey(key)) ledger.push(known.get(key) ?? { key, receipt: await readReceipt(lake, key) });
  }
  return ledger;
}

async function readReceipt(lake: Lake, key: string): Promise<Receipt> {
  return { ...(await readJson<Receipt>(lake, key)), notes: [] };
}

/** Reads the receipts that a release was built from. */
export async function readLedger(lake: Lake, key: string | undefined): Promise<Ledger> {
  return key === undefined ? [] : await readJson<Ledger>(lake, key);
}

/** Keeps a ledger under the hash of its text, also where a broken object stands there. Answers its key. */
export async function keepLedger(lake: Lake, ledger: Ledger): Promise<string> {
  const body = Buffer.from(JSON.stringify(ledger));
  const key = `releases/ledgers/${createHash('sha256').update(body).digest('hex').slice(0, 32)}.json`;
  if ((await lake.create(key, body)) === 'exists' && !body.equals((await lake.read(key)) ?? Buffer.alloc(0))) {
    await lake.remove([key]);
    await lake.create(key, body);
  }
  return key;
}
