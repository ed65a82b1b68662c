import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../domain/errors.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { QuarantinedRecord } from '../ingest/ingest.ts';
import type { Lake } from '../lake/lake.ts';
import { type IngestPorts, readDelivered } from './ingest-exports.ts';
import { findReceipt } from './receipt-book.ts';

const copy = /^receipts\/([0-9a-f]{64})\.json$/;

/** Receipts of files of which something was refused or quarantined, in the order in which the files landed. */
export async function listQuarantine({ lake }: { readonly lake: Lake }): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for await (const { key } of lake.list('receipts/')) {
    const [, sha] = copy.exec(key) ?? [];
    const receipt = sha === undefined ? undefined : await findReceipt(lake, sha);
    if (receipt !== undefined && receipt.export === sha && isHeld(receipt)) found.push(receipt);
  }
  return found.sort((a, b) => (a.landed_at + a.file < b.landed_at + b.file ? -1 : 1));
}

/**
 * The quarantined records of one file, which is named by the first digits of its sha256. Their text is personal data:
 * it is only read where `withText` asks for it.
 * @throws UsageError where no such file, or more than one, is in quarantine.
 */
export async function showQuarantine(
  sha: string,
  { withText = false }: { readonly withText?: boolean },
  { lake, ingest }: Pick<IngestPorts, 'lake' | 'ingest'>,
): Promise<readonly QuarantinedRecord[]> {
  const receipt = await heldReceipt(lake, sha);
  if (receipt.quarantine_key === null) return [];
  const scratch = await mkdtemp(join(await lake.scratch(), 'quarantine-'));
  try {
    return await ingest.quarantined(await lake.localPath(receipt.quarantine_key), { scratch, withText });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Reads the kept raw files again, as contracts stand now. The new attempt of a file replaces the one before as a whole, so
 * a record that was rejected comes in once and no other comes in twice. Without `sha`, every file in quarantine.
 */
export async function* replayQuarantine(sha: string | undefined, ports: IngestPorts): AsyncGenerator<Receipt> {
  const held = sha === undefined ? await listQuarantine(ports) : [await heldReceipt(ports.lake, sha)];
  for (const receipt of held) yield await replay(receipt, ports);
}

async function replay(known: Receipt, ports: IngestPorts): Promise<Receipt> {
  const scratch = await mkdtemp(join(await ports.lake.scratch(), 'replay-'));
  try {
    const path = await ports.lake.localPath(known.raw_key ?? '');
    // The raw file is called after its hash; contracts look at the name under which it was delivered. A copy from which
    // somebody was erased goes on under the hash of what was delivered.
    const file = { ...(await ports.ingest.land(path, scratch)), name: known.file, sha: known.export };
    const options = known.source === 'unknown' ? {} : { source: known.source };
    return await readDelivered({ file, path: known.file, scratch, options, known, copyOf: known }, ports);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function heldReceipt(lake: Lake, sha: string): Promise<Receipt> {
  const held = (await listQuarantine({ lake })).filter((receipt) => receipt.export.startsWith(sha));
  const [only] = held;
  if (only !== undefined && held.length === 1) return only;
  const text =
    held.length === 0 ? `no file in quarantine begins with ${sha}` : `${held.length} files begin with ${sha}`;
  throw new UsageError(text, { next: 'run `tidemark quarantine list` and take a file from there' });
}

function isHeld({ status, rejected, raw_key: raw }: Receipt): boolean {
  return raw !== null && (status === 'refused' || rejected > 0);
}
