import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IngestError } from '../domain/errors.ts';
import type { Note, Receipt, StagedPart } from '../domain/receipt.ts';
import type { Ingest, LandedFile, ReadOutcome, Refusal } from '../ingest/ingest.ts';
import type { Lake } from '../lake/lake.ts';
import { forgetSuppressed, type KeptFile, keepFile } from './kept-file.ts';
import { commitReceipt, duplicateOf, findReceipt, firstLanding } from './receipt-book.ts';
import { earlierParts, stagedPart } from './staged-parts.ts';

export interface IngestPorts {
  readonly lake: Lake;
  readonly ingest: Ingest;
  readonly now: () => Date;
  /** A name that no other run uses; part of the path of staged files. */
  readonly newAttempt: () => string;
}

export interface IngestOptions {
  /** Contract that reads every file, instead of the one that fits its header. */
  readonly source?: string;
  /** Called while a file is read. */
  onProgress?(file: string, records: number): void;
}

/**
 * Ingests files and folders one after the other and yields a receipt for each file. A file that was read before yields
 * `duplicate`; one that the machine cannot read is told after the others. Nothing of a file is visible before its receipt is written, so a killed run leaves nothing behind that counts.
 */
export async function* ingestExports(
  paths: readonly string[],
  options: IngestOptions,
  ports: IngestPorts,
): AsyncGenerator<Receipt> {
  const failures: IngestError[] = [];
  for (const path of await ports.ingest.find(paths)) {
    try {
      yield await ingestExport(path, options, ports);
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (first !== undefined) throw failures.length === 1 ? first : severalFailures(failures);
}

function severalFailures(failures: readonly IngestError[]): IngestError {
  return new IngestError(`${failures.length} files could not be read: ${failures[0]?.message}`, {
    where: failures.map(({ where }) => where).join(', '),
    next: 'the others were ingested; mend these, then run the same command again',
    cause: failures[0],
  });
}

async function ingestExport(path: string, options: IngestOptions, ports: IngestPorts): Promise<Receipt> {
  const scratch = await mkdtemp(join(await ports.lake.scratch(), 'ingest-'));
  try {
    const file = await ports.ingest.land(path, scratch);
    const known = await findReceipt(ports.lake, file.sha);
    if (known !== undefined && isFinal(known, options.source)) return await duplicateOf(ports.lake, known, file.name);
    return await readDelivered({ file, path, scratch, options, known }, ports);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** A refused file is read again: a contract may fit by now. */
function isFinal(known: Receipt, source: string | undefined): boolean {
  return known.status !== 'refused' && (source === undefined || source === known.source);
}

export interface Delivery {
  readonly file: LandedFile;
  readonly path: string;
  readonly scratch: string;
  readonly options: IngestOptions;
  readonly known: Receipt | undefined;
  /** The receipt of a copy from which somebody was erased, where that is what is read. */
  readonly copyOf?: Receipt;
}

/** Reads a landed file, whatever was known of it before, and commits its next attempt. */
export async function readDelivered(delivery: Delivery, ports: IngestPorts): Promise<Receipt> {
  const { file, path, scratch, options, known, copyOf } = delivery;
  const { lake, ingest } = ports;
  const landedAt = known === undefined ? await firstLanding(lake, file.sha, ports.now()) : new Date(known.landed_at);
  const recognition = await ingest.recognise(file, options.source);
  const contract = recognition.kind === 'recognised' ? recognition.contract : undefined;
  const source = contract?.contract ?? 'unknown';
  const hadRows = known !== undefined && known.staged.length > 0 ? known.landed_at : null;
  const read =
    recognition.kind === 'refused'
      ? recognition
      : await ingest.read({
          file,
          contract: recognition.contract,
          landedAt,
          scratch,
          earlierParts: (dataset, minDate, maxDate) =>
            earlierParts(lake, { source, dataset, minDate, maxDate, export: file.sha, landedAt: hadRows }),
          onProgress: (records) => options.onProgress?.(path, records),
        });
  const { kept, outcome } = await forgetSuppressed({ file, copyOf, contract, scratch, outcome: read }, ports);
  const base = draft(delivery, { source, landedAt, kept });
  return 'kind' in outcome
    ? await refuse(base, outcome, { known, kept }, ports)
    : await stage(base, outcome, kept, ports);
}

function draft(
  { file, known }: Delivery,
  { source, landedAt, kept }: { readonly source: string; readonly landedAt: Date; readonly kept: KeptFile },
): Receipt {
  const [year, month] = landedAt.toISOString().split('-');
  return {
    version: 1,
    file: file.name,
    export: file.sha,
    source,
    dataset: null,
    status: 'refused',
    rows_in: 0,
    accepted: 0,
    rejected: 0,
    repeated: 0,
    reasons: [],
    notes: [],
    attempt: (known?.attempt ?? 0) + 1,
    raw_key: `raw/${source}/${year}/${month}/${kept.sha}${kept.extension}`,
    ...(kept.sha !== file.sha && { raw_sha: kept.sha }),
    quarantine_key: null,
    staged: [],
    bytes: file.bytes,
    landed_at: landedAt.toISOString(),
    exported_at: landedAt.toISOString(),
    contract: null,
  };
}

/** The raw file is kept; its receipt says what was found and is overtaken when a contract fits. */
async function refuse(
  base: Receipt,
  { reason, text }: Refusal | { reason: string; text: string },
  { known, kept }: { readonly known: Receipt | undefined; readonly kept: KeptFile },
  { lake, now }: IngestPorts,
): Promise<Receipt> {
  const notes: Note[] = [{ code: reason, count: 1, text }];
  if (known?.status === 'refused' && known.source === base.source && known.notes[0]?.text === text) return known;
  await keepFile(lake, base, kept, { replaced: base.export, now: now() });
  return await commitReceipt(lake, { ...base, notes, reasons: [{ reason, count: 1, example_line: 0 }] });
}

async function stage(base: Receipt, outcome: ReadOutcome, kept: KeptFile, ports: IngestPorts): Promise<Receipt> {
  const { lake, now } = ports;
  const attempt = `${base.attempt}-${ports.newAttempt()}`;
  await keepFile(lake, base, kept, { replaced: base.export, now: now() });
  const staged: StagedPart[] = [];
  for (const [at, part] of outcome.parts.entries()) {
    const name = `part-${String(at).padStart(4, '0')}.parquet`;
    const key = `staged/${part.dataset}/${base.source}/${base.export}/${attempt}/${name}`;
    await lake.putFile(key, part.path);
    staged.push(stagedPart(part, key));
  }
  const quarantineKey =
    outcome.quarantine === null ? null : `quarantine/${base.source}/${base.export}/${attempt}.parquet`;
  if (quarantineKey !== null && outcome.quarantine !== null) await lake.putFile(quarantineKey, outcome.quarantine);
  return await commitReceipt(lake, {
    ...base,
    dataset: outcome.dataset,
    status: statusOf(outcome),
    rows_in: outcome.records,
    accepted: outcome.accepted,
    rejected: outcome.rejected,
    repeated: outcome.repeated,
    reasons: outcome.reasons,
    notes: outcome.notes,
    quarantine_key: quarantineKey,
    staged,
    exported_at: outcome.exportedAt.toISOString(),
    contract: outcome.contract,
  });
}

function statusOf({ records, rejected }: ReadOutcome): Receipt['status'] {
  if (rejected === 0) return 'accepted';
  return rejected === records ? 'refused' : 'partial';
}
