import { createHash } from 'node:crypto';
import { LakeError } from '../domain/errors.ts';
import { isReceiptKey, type Ledger, type LedgerEntry } from '../domain/ledger.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Lake } from '../lake/lake.ts';

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

/** @throws LakeError where the object is missing or is no JSON. */
export async function readJson<T>(lake: Lake, key: string): Promise<T> {
  const body = await lake.read(key);
  try {
    if (body) return JSON.parse(Buffer.from(body).toString('utf8')) as T;
  } catch (error) {
    throw new LakeError('an object of the lake is no JSON', {
      where: `${key} in ${lake.location}`,
      next: waysOut[key.split('/')[0] ?? ''] ?? 'tidemark doctor',
      cause: error,
    });
  }
  throw new LakeError('an object that the lake refers to is missing', {
    where: `${key} in ${lake.location}`,
    next: waysOut[key.split('/')[0] ?? ''] ?? 'tidemark doctor',
  });
}

/** How to mend what lies under a prefix. */
const waysOut: Readonly<Record<string, string>> = {
  releases: 'tidemark build --full',
  receipts: 'remove the object and ingest its file again; the bytes are kept under raw/',
};
