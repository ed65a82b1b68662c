import { rm } from 'node:fs/promises';
import type { Definitions } from '../definitions.ts';
import { UsageError } from '../domain/errors.ts';
import { countingReceipts } from '../domain/ledger.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Lake } from '../lake/lake.ts';
import { dropCompactions } from './compact-staged.ts';
import { commitErasure, type FileErasure, type FileTools, finishCommit, prepareErasure } from './erase-file.ts';
import { freezeReceipts } from './freeze-receipts.ts';
import { currentRelease } from './releases.ts';
import { readSuppressions, suppress } from './suppressions.ts';
import { type Sweep, searchPerson, sweepPerson, type Wanted } from './sweep-person.ts';

export interface ErasePorts {
  readonly lake: Lake;
  readonly ingest: Ingest;
  readonly definitions: Pick<Definitions, 'contracts'>;
  readonly now: () => Date;
  readonly newAttempt: () => string;
  /** Brings the marts up to the receipts; `full` computes everything again. */
  build(wish: { readonly full: boolean }): Promise<unknown>;
}

export interface EraseOptions {
  /** Only say what would be done. */
  readonly dryRun?: boolean;
  /** Hears of each file as it is looked through. */
  onFile?(done: number, all: number): void;
}

/** What was done. It repeats nothing of the person. */
export interface EraseReport {
  readonly dry_run: boolean;
  /** Pseudonyms under which the person was known, over all channels and keys. */
  readonly pseudonyms: number;
  /** The person stood on the list of the erased before. */
  readonly erased_before: boolean;
  readonly files: readonly FileErasure[];
  readonly releases_removed: readonly string[];
  readonly objects_removed: number;
  readonly versions_removed: number;
  /** Objects that a search of the whole lake still found the person in: none, unless something else wrote meanwhile. */
  readonly still_found: readonly string[];
}

/**
 * Forgets one person everywhere: raw files, staged rows, quarantine, marts, earlier releases. Totals stay. Each step can
 * be done twice, so a killed run is simply started again with the same subject.
 * @param subject a phone, a mail, or an account of any channel.
 * @throws UsageError where nobody is known by it.
 */
export async function erasePerson(subject: string, options: EraseOptions, ports: ErasePorts): Promise<EraseReport> {
  const scratch = await ports.lake.scratch();
  const persons = await ports.ingest.persons(scratch);
  try {
    return await erase(subject, options, { ...ports, persons, scratch });
  } finally {
    persons.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

type EraseTools = ErasePorts & FileTools;

async function erase(
  subject: string,
  { dryRun = false, onFile }: EraseOptions,
  tools: EraseTools,
): Promise<EraseReport> {
  const receipts = await currentReceipts(tools.lake);
  const { wanted, wasErased } = await identify(subject, receipts, tools);
  const names = new Set(wanted.pseudonyms);
  const files: FileErasure[] = [];
  for (const [at, receipt] of receipts.entries()) {
    onFile?.(at, receipts.length);
    const contract = tools.definitions.contracts.get(receipt.source);
    const prepared = await prepareErasure(receipt, contract, names, tools);
    if (prepared === undefined) {
      if (!dryRun && receipt.raw_sha !== undefined) await finishCommit(receipt, tools);
      continue;
    }
    files.push(prepared.report);
    if (dryRun) continue;
    // From here on nothing that comes in names the person, and a second run knows all that this one does.
    await suppress(tools.lake, wanted.pseudonyms);
    await commitErasure(prepared, tools);
  }
  if (files.length === 0 && !wasErased) throw nobody(tools.lake);
  const report = { dry_run: dryRun, pseudonyms: names.size, erased_before: wasErased, files };
  if (dryRun) return { ...report, ...nothingRemoved };
  const sweeps = await expire(wanted, tools);
  return {
    ...report,
    releases_removed: sweeps.flatMap(({ releases }) => releases),
    objects_removed: sweeps.reduce((sum, { removed }) => sum + removed.length, 0),
    versions_removed: sweeps.reduce((sum, { versions }) => sum + versions, 0),
    still_found: await searchPerson(wanted, tools),
  };
}

const nothingRemoved = { releases_removed: [], objects_removed: 0, versions_removed: 0, still_found: [] };

/** Builds without the person, then removes what came before. */
async function expire(wanted: Wanted, tools: EraseTools): Promise<Sweep[]> {
  const { lake } = tools;
  const receipts = await currentReceipts(lake);
  await dropCompactions(lake, new Set(receipts.flatMap(({ staged }) => staged.map(({ key }) => key))));
  const { release } = await currentRelease(lake);
  if (release) await tools.build({ full: false });
  const first = await sweepPerson(receipts, wanted, tools);
  if (release === undefined || !first.inUse.some((key) => /^(?:marts|settled)\//.test(key))) return [first];
  // A build by changes has left the person somewhere: everything is computed again.
  await tools.build({ full: true });
  return [first, await sweepPerson(receipts, wanted, tools)];
}

async function currentReceipts(lake: Lake): Promise<Receipt[]> {
  const ledger = countingReceipts(await freezeReceipts(lake, []));
  return ledger.map(({ receipt }) => receipt).filter(({ status }) => status !== 'duplicate');
}

async function identify(
  subject: string,
  receipts: readonly Receipt[],
  { lake, persons }: EraseTools,
): Promise<{ readonly wanted: Wanted; readonly wasErased: boolean }> {
  const parts = receipts.flatMap(({ staged }) => staged.filter(({ dataset }) => dataset === 'customer_identifiers'));
  const paths = await Promise.all(parts.map(({ key }) => lake.localPath(key)));
  const named = new Set(await persons.pseudonymsOf(subject));
  const before = (await readSuppressions(lake)).persons.filter((person) => person.some((ref) => named.has(ref)));
  const pseudonyms = await persons.joined([...named, ...before.flat()], paths);
  return { wanted: { pseudonyms, plain: subject }, wasErased: before.length > 0 };
}

function nobody(lake: Lake): UsageError {
  return new UsageError('nobody in this lake is known by that phone, mail or account', {
    where: lake.location,
    next: 'check how it is written, and that the pseudonym key is the one that this lake was made with',
    exitCode: 1,
  });
}
