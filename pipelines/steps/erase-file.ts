import { mkdtemp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Contract } from '../domain/contract.ts';
import { LakeError } from '../domain/errors.ts';
import type { Receipt, StagedPart } from '../domain/receipt.ts';
import type { Ingest, LandedFile } from '../ingest/ingest.ts';
import type { Persons, RedactedFile, RedactedPart } from '../ingest/persons.ts';
import type { Lake } from '../lake/lake.ts';
import { keepFile, keptInstead } from './kept-file.ts';
import { commitReceipt, findReceipt, writeCopy } from './receipt-book.ts';
import { stagedPart } from './staged-parts.ts';

export interface FileTools {
  readonly lake: Lake;
  readonly ingest: Ingest;
  readonly persons: Persons;
  readonly now: () => Date;
  readonly newAttempt: () => string;
  readonly scratch: string;
}

/** What one person left in one file. */
export interface FileErasure {
  readonly export: string;
  readonly source: string;
  /** sha256 of the copy that is kept instead; null where the raw file did not name the person, or is kept no more. */
  readonly kept: string | null;
  readonly form: RedactedFile['form'] | null;
  readonly records: number;
  readonly cells: number;
  readonly staged_parts: number;
  readonly quarantine: boolean;
}

/** A file without the person, on local disk; nothing of it is in the lake yet. */
export interface PreparedErasure {
  readonly receipt: Receipt;
  readonly file: LandedFile | undefined;
  readonly raw: RedactedFile | undefined;
  readonly parts: ReadonlyMap<string, RedactedPart>;
  readonly quarantine: string | undefined;
  readonly report: FileErasure;
}

/** Reads everything that a file left in the lake, and writes what names the person again. Undefined where nothing does. */
export async function prepareErasure(
  receipt: Receipt,
  contract: Contract | undefined,
  wanted: ReadonlySet<string>,
  tools: FileTools,
): Promise<PreparedErasure | undefined> {
  const { lake, persons } = tools;
  const file = await landRaw(receipt, tools);
  const request = file && { file, contract, persons: wanted };
  const raw = request && (await persons.redactFile(request));
  const parts = await redactParts(receipt, wanted, tools);
  const { quarantine_key: held } = receipt;
  const quarantine = held !== null && request && (await persons.redactQuarantine(await lake.localPath(held), request));
  if (raw === undefined && parts.size === 0 && !quarantine) return undefined;
  const report = {
    ...{ export: receipt.export, source: receipt.source, kept: raw?.sha ?? null, form: raw?.form ?? null },
    ...{ records: raw?.records ?? 0, cells: raw?.cells ?? 0 },
    ...{ staged_parts: parts.size, quarantine: Boolean(quarantine) },
  };
  return { receipt, file, raw, parts, quarantine: quarantine || undefined, report };
}

async function redactParts(
  { staged }: Receipt,
  wanted: ReadonlySet<string>,
  { lake, persons }: FileTools,
): Promise<Map<string, RedactedPart>> {
  const parts = new Map<string, RedactedPart>();
  for (const { key, dataset } of staged) {
    const redacted = await persons.redactPart(await lake.localPath(key), dataset, wanted);
    if (redacted !== 'untouched') parts.set(key, redacted);
  }
  return parts;
}

/** Puts a prepared erasure into the lake. Its receipt, the file's next attempt, is the commit point. */
export async function commitErasure(prepared: PreparedErasure, tools: FileTools): Promise<void> {
  const { lake, now } = tools;
  const { receipt, raw, file } = prepared;
  const known = (await findReceipt(lake, receipt.export)) ?? receipt;
  const next: Receipt = {
    ...known,
    attempt: receipt.attempt + 1,
    ...(await placeRows(prepared, tools)),
    ...(raw && file && { raw_sha: raw.sha, raw_key: rawKey(receipt, keptInstead(file, raw)) }),
  };
  if (raw && file) {
    const replaced = receipt.raw_sha ?? receipt.export;
    await keepFile(lake, next, keptInstead(file, raw), { replaced, now: now() });
  }
  const standing = await commitReceipt(lake, next);
  if (standing.attempt === next.attempt && standing.status !== 'duplicate') return;
  throw new LakeError('the file was read again meanwhile', {
    where: `${receipt.source}, ${receipt.export.slice(0, 12)}`,
    next: 'run the same command again',
    retryable: true,
  });
}

/** A run that was killed behind its commit point may not have written the copies of the receipt by which files are found. */
export async function finishCommit(receipt: Receipt, { lake }: FileTools): Promise<void> {
  await writeCopy(lake, (await findReceipt(lake, receipt.export)) ?? receipt);
}

async function placeRows(
  { receipt, parts, quarantine }: PreparedErasure,
  { lake, newAttempt }: FileTools,
): Promise<Pick<Receipt, 'staged' | 'quarantine_key'>> {
  const attempt = `${receipt.attempt + 1}-${newAttempt()}`;
  const staged: StagedPart[] = [];
  for (const [at, part] of receipt.staged.entries()) {
    const redacted = parts.get(part.key) ?? 'untouched';
    if (redacted === 'untouched') staged.push(part);
    if (typeof redacted === 'string') continue;
    const folder = `staged/${part.dataset}/${receipt.source}/${receipt.export}/${attempt}`;
    const placed = stagedPart(redacted, `${folder}/part-${String(at).padStart(4, '0')}.parquet`);
    await lake.putFile(placed.key, redacted.path);
    staged.push(placed);
  }
  if (quarantine === undefined) return { staged, quarantine_key: receipt.quarantine_key };
  const key = `quarantine/${receipt.source}/${receipt.export}/${attempt}.parquet`;
  await lake.putFile(key, quarantine);
  return { staged, quarantine_key: key };
}

function rawKey(
  { raw_key }: Receipt,
  { sha, extension }: { readonly sha: string; readonly extension: string },
): string {
  return `${dirname(raw_key ?? 'raw/unknown')}/${sha}${extension}`;
}

/** A copy of the raw file; undefined where retention has removed it. */
async function landRaw(
  { raw_key: key }: Receipt,
  { lake, ingest, scratch }: FileTools,
): Promise<LandedFile | undefined> {
  if (key === null) return undefined;
  for await (const found of lake.list(key)) {
    if (found.key !== key) continue;
    return await ingest.land(await lake.localPath(key), await mkdtemp(join(scratch, 'raw-')));
  }
  return undefined;
}
