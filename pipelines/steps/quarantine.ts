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
  return await listReceipts(lake, isHeld);
}

async function listReceipts(lake: Lake, isWanted: (receipt: Receipt) => boolean): Promise<Receipt[]> {
  const found: Receipt[] = [];
  for await (const { key } of lake.list('receipts/')) {
    const [, sha] = copy.exec(key) ?? [];
    const receipt = sha === undefined ? undefined : await findReceipt(lake, sha);
    if (receipt !== undefined && receipt.export === sha && isWanted(receipt)) found.push(receipt);
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
  const receipt = only(sha, await listQuarantine({ lake }), 'file in quarantine');
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
 * a record that was rejected comes in once and no other comes in twice. Without `sha`, every file in quarantine; with it,
 * any file that was read: a contract that was wrong throughout rejected nothing.
 */
export async function* replayQuarantine(sha: string | undefined, ports: IngestPorts): AsyncGenerator<Receipt> {
  const kept = ({ raw_key: raw }: Receipt) => raw !== null;
  const wanted =
    sha === undefined ? await listQuarantine(ports) : [only(sha, await listReceipts(ports.lake, kept), 'file')];
  for (const receipt of wanted) yield await replay(receipt, ports);
}

async function replay(known: Receipt, ports: IngestPorts): Promise<Receipt> {
  const scratch = await mkdtemp(join(await ports.lake.scratch(), 'replay-'));
  try {
    const path = await ports.lake.localPath(known.raw_key ?? '');
    // The raw file is called after its hash; contracts look at the name under which it was delivered. A copy from which
    // somebody was erased goes on under the hash of what was delivered.
    const file = { ...(await ports.ingest.land(path, scratch)), name: known.file, sha: known.export };
    const options = known.source === 'unknown' ? {} : { source: known.source };
    const landedAt = new Date(known.landed_at);
    const turn = async (): Promise<void> => {};
    return await readDelivered(
      { file, path: known.file, scratch, options, known, landedAt, turn, copyOf: known },
      ports,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The one receipt whose file's hash begins like this. */
function only(sha: string, receipts: readonly Receipt[], what: string): Receipt {
  const found = receipts.filter((receipt) => receipt.export.startsWith(sha));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const text = found.length === 0 ? `no ${what} begins with ${sha}` : `${found.length} files begin with ${sha}`;
  const next = "run `tidemark quarantine list`, or `tidemark sql 'select file, export from exports_received'`";
  throw new UsageError(text, { next: `${next}, and take a file from there` });
}

function isHeld({ status, rejected, raw_key: raw }: Receipt): boolean {
  return raw !== null && (status === 'refused' || rejected > 0);
}
