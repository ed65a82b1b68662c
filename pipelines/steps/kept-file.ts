import type { Contract } from '../domain/contract.ts';
import { type Tombstone, tombstoneKey } from '../domain/erasure.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Ingest, LandedFile, ReadOutcome, Refusal, WrittenPart } from '../ingest/ingest.ts';
import type { Persons, PersonsInFile, RedactedFile } from '../ingest/persons.ts';
import type { Lake } from '../lake/lake.ts';
import { suppressedRefs } from './suppressions.ts';

/** What is kept of a delivered file: its bytes, or a copy without those who were erased. */
export interface KeptFile {
  readonly path: string;
  readonly sha: string;
  readonly bytes: number;
  /** With the point; '' where the file's name has none. */
  readonly extension: string;
  readonly redacted?: RedactedFile;
}

/** A delivered file as it was read, by which contract (none where none fits), and what came of it. */
export interface ReadFile {
  readonly file: LandedFile;
  /** The receipt of a copy from which somebody was erased, where it is read again. */
  readonly copyOf?: Receipt | undefined;
  readonly contract: Contract | undefined;
  readonly scratch: string;
  /** Who was erased before it was read. */
  readonly suppressed: ReadonlySet<string>;
  readonly outcome: ReadOutcome | Refusal;
}

/** Takes everybody out of a delivery who was erased before. Rows stay; they name nobody. */
export async function forgetSuppressed(
  { file, copyOf, contract, scratch, suppressed: before, outcome }: ReadFile,
  { lake, ingest }: { readonly lake: Lake; readonly ingest: Ingest },
): Promise<{ readonly kept: KeptFile; readonly outcome: ReadOutcome | Refusal }> {
  const asItIs = keptAsItIs(file, copyOf);
  const suppressed = await suppressedRefs(lake);
  // Nearly no file names them, and reading it has told; unless somebody was erased meanwhile.
  const isClear = !('kind' in outcome || outcome.mayNameSuppressed) && [...suppressed].every((ref) => before.has(ref));
  if (suppressed.size === 0 || isClear) return { kept: asItIs, outcome };
  const persons = await ingest.persons(scratch);
  try {
    const request = { file, contract, persons: suppressed };
    const redacted = await persons.redactFile(request);
    const kept = redacted === undefined ? asItIs : keptInstead(file, redacted);
    if ('kind' in outcome) return { kept, outcome };
    return { kept, outcome: await withoutPersons(outcome, request, persons) };
  } finally {
    persons.close();
  }
}

async function withoutPersons(outcome: ReadOutcome, request: PersonsInFile, persons: Persons): Promise<ReadOutcome> {
  const parts: WrittenPart[] = [];
  for (const part of outcome.parts) {
    const redacted = await persons.redactPart(part.path, part.dataset, request.persons);
    if (redacted === 'empty') continue;
    parts.push(redacted === 'untouched' ? part : redacted);
  }
  const { quarantine } = outcome;
  const redacted = quarantine === null ? undefined : await persons.redactQuarantine(quarantine, request);
  return { ...outcome, parts, quarantine: redacted ?? quarantine };
}

function keptAsItIs(file: LandedFile, known: Receipt | undefined): KeptFile {
  const { path, bytes } = file;
  if (known?.raw_sha === undefined) return { path, bytes, sha: file.sha, extension: extensionOf(file.name) };
  return { path, bytes, sha: known.raw_sha, extension: extensionOf(known.raw_key ?? '') };
}

export function keptInstead(file: LandedFile, redacted: RedactedFile): KeptFile {
  const extension = redacted.form === 'clean_csv' ? '.csv' : extensionOf(file.name);
  return { ...redacted, extension, redacted };
}

/**
 * Moves the kept bytes of a file into the lake; of a copy, the tombstone that leads to it first. Both are harmless without
 * the receipt that names them.
 */
export async function keepFile(
  lake: Lake,
  receipt: Receipt,
  { path, sha, redacted }: KeptFile,
  { replaced, now }: { readonly replaced: string; readonly now: Date },
): Promise<void> {
  const { raw_key: key } = receipt;
  if (key === null) return;
  if (redacted !== undefined) {
    const { form, records, cells, tables_left_out } = redacted;
    const tombstone: Tombstone = {
      ...{ version: 1, export: receipt.export, replaced, kept: sha, raw_key: key, form, tables_left_out },
      ...{ records, cells, erased_at: now.toISOString() },
    };
    await lake.create(tombstoneKey(tombstone), new TextEncoder().encode(`${JSON.stringify(tombstone, null, 1)}\n`));
  }
  await lake.putFile(key, path);
}

/** `.csv.gz` of `orders 2024.csv.gz`; only letters and digits, so that a name cannot leave its folder. */
function extensionOf(name: string): string {
  return /(?:\.[a-z0-9]{1,5}){1,2}$/i.exec(name)?.[0].toLowerCase() ?? '';
}
