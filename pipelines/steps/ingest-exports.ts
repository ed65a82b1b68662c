import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { IngestError } from '../domain/errors.ts';
import type { Note, Receipt, StagedPart } from '../domain/receipt.ts';
import type { Ingest, LandedFile, ReadOutcome, Refusal } from '../ingest/ingest.ts';
import type { Lake } from '../lake/lake.ts';
import { forgetSuppressed, type KeptFile, keepFile } from './kept-file.ts';
import { OrderedTasks, type Turn } from './ordered-tasks.ts';
import { commitReceipt, duplicateOf, findReceipt, firstLanding } from './receipt-book.ts';
import { earlierParts, stagedPart } from './staged-parts.ts';
import { suppressedRefs } from './suppressions.ts';

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

/** A small file keeps one core half busy; a large one has all of the machine's memory that ingest may take. */
const filesAtOnce = 3;
const smallBytes = 8 << 20;
/** Longer than a clock takes to move on. */
const betweenLandingsMs = 2;

/**
 * Ingests files and folders and yields a receipt for each file, in their order. Small files are read side by side, but land
 * and are committed one after the other, so that the outcome is that of a single line of files. A file that was read before yields
 * `duplicate`; one that the machine cannot read is told after the others. Nothing of a file is visible before its receipt is written, so a killed run leaves nothing behind that counts.
 */
export async function* ingestExports(
  paths: readonly string[],
  options: IngestOptions,
  ports: IngestPorts,
): AsyncGenerator<Receipt> {
  const failures: IngestError[] = [];
  for await (const outcome of ingestAll(await ports.ingest.find(paths), options, ports)) {
    if (outcome instanceof IngestError) failures.push(outcome);
    else yield outcome;
  }
  const [first] = failures;
  if (first !== undefined) throw failures.length === 1 ? first : severalFailures(failures);
}

async function* ingestAll(
  paths: readonly string[],
  options: IngestOptions,
  ports: IngestPorts,
): AsyncGenerator<Receipt | IngestError> {
  const files = new OrderedTasks<Receipt | IngestError>();
  const hashes = new Set<string>();
  try {
    for (const path of paths) {
      const isSmall = await isSmallFile(path);
      yield* files.results(isSmall ? filesAtOnce - 1 : 0);
      const landed = Promise.withResolvers<void>();
      files.begin((turn) => {
        const place = { path, turn, hashes, onLanded: landed.resolve };
        return ingestExport(place, options, ports).catch(toldLater).finally(landed.resolve);
      });
      // Of two exports without a time of their own, the one that landed later holds.
      await landed.promise;
      await setTimeout(betweenLandingsMs);
      if (!isSmall) yield* files.results(0);
    }
    yield* files.results(0);
  } finally {
    await files.stop();
  }
}

/** What cannot be found will be told when it is read. */
async function isSmallFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined || found.size <= smallBytes;
}

function toldLater(error: unknown): IngestError {
  if (error instanceof IngestError) return error;
  throw error;
}

function severalFailures(failures: readonly IngestError[]): IngestError {
  return new IngestError(`${failures.length} files could not be read: ${failures[0]?.message}`, {
    where: failures.map(({ where }) => where).join(', '),
    next: 'the others were ingested; mend these, then run the same command again',
    cause: failures[0],
  });
}

/** A file among others that are read at the same time. */
interface FilePlace {
  readonly path: string;
  readonly turn: Turn;
  /** Of all files before. */
  readonly hashes: Set<string>;
  /** Called when the next file may land. */
  onLanded(): void;
}

async function ingestExport(place: FilePlace, options: IngestOptions, ports: IngestPorts): Promise<Receipt> {
  const { path, turn, hashes } = place;
  const scratch = await mkdtemp(join(await ports.lake.scratch(), 'ingest-'));
  try {
    const file = await ports.ingest.land(path, scratch);
    // The same bytes under another name: only the receipt of the first tells that this is a duplicate.
    if (hashes.has(file.sha)) await turn();
    hashes.add(file.sha);
    const known = await findReceipt(ports.lake, file.sha);
    const landedAt = await landingOf(file, known, ports);
    place.onLanded();
    if (known !== undefined && isFinal(known, options.source)) {
      await turn();
      return await duplicateOf(ports.lake, known, file.name);
    }
    return await readDelivered({ file, path, scratch, options, known, landedAt, turn }, ports);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** When a file was first seen. */
async function landingOf(file: LandedFile, known: Receipt | undefined, { lake, now }: IngestPorts): Promise<Date> {
  return known === undefined ? await firstLanding(lake, file.sha, now()) : new Date(known.landed_at);
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
  /** When it was first seen. */
  readonly landedAt: Date;
  /** Comes when all files before it are in the lake; whatever depends on them waits for it. */
  readonly turn: Turn;
  /** The receipt of a copy from which somebody was erased, where that is what is read. */
  readonly copyOf?: Receipt;
}

/** Reads a landed file, whatever was known of it before, and commits its next attempt. */
export async function readDelivered(delivery: Delivery, ports: IngestPorts): Promise<Receipt> {
  const { file, path, scratch, options, known, copyOf, landedAt, turn } = delivery;
  const { lake, ingest } = ports;
  const recognition = await ingest.recognise(file, options.source);
  const contract = recognition.kind === 'recognised' ? recognition.contract : undefined;
  const source = contract?.contract ?? 'unknown';
  const suppressed = await suppressedRefs(lake);
  const hadRows = known !== undefined && known.staged.length > 0 ? known.landed_at : null;
  const read =
    recognition.kind === 'refused'
      ? recognition
      : await ingest.read({
          file,
          contract: recognition.contract,
          landedAt,
          scratch,
          suppressed,
          async earlierParts(dataset, minDate, maxDate) {
            await turn();
            return await earlierParts(lake, { source, dataset, minDate, maxDate, export: file.sha, landedAt: hadRows });
          },
          onProgress: (records) => options.onProgress?.(path, records),
        });
  await turn();
  const delivered = { file, copyOf, contract, scratch, suppressed, outcome: read };
  const { kept, outcome } = await forgetSuppressed(delivered, ports);
  const base = draft(delivery, source, kept);
  return 'kind' in outcome
    ? await refuse(base, outcome, { known, kept }, ports)
    : await stage(base, outcome, kept, ports);
}

function draft({ file, known, landedAt }: Delivery, source: string, kept: KeptFile): Receipt {
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
