import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Definitions } from '../definitions.ts';
import { type Compaction, type CompactionList, compactionGroups, compactionsKey } from '../domain/compaction.ts';
import { type StagedFile, stagedFiles } from '../domain/ledger.ts';
import { monthOf } from '../domain/month.ts';
import type { Lake } from '../lake/lake.ts';
import type { FileMerger } from '../warehouse/build-session.ts';
import { readLedger } from './freeze-receipts.ts';
import { findJson, parseJson } from './lake-json.ts';
import { currentRelease } from './releases.ts';

export interface CompactTools {
  readonly lake: Lake;
  readonly builder: FileMerger;
  readonly definitions: Definitions;
}

export interface CompactReport {
  readonly files_before: number;
  readonly files_after: number;
}

/**
 * Puts small staged files of past months together, by source and month, for builds to read. Rows, provenance and receipts
 * stay as they are, and so do the small files: a file that is read again takes its compaction out of use.
 * @param minimumFiles a month of fewer files is left alone.
 */
export async function compactStaged(tools: CompactTools, minimumFiles = 8): Promise<CompactReport> {
  const { lake } = tools;
  const { release } = await currentRelease(lake);
  const files = stagedFiles(await readLedger(lake, release?.state?.ledger));
  const found = await lake.readVersion(compactionsKey);
  const list = found ? parseJson<CompactionList>(found.body, compactionsKey, lake).compactions : [];
  const known = new Map(list.map((compaction) => [compaction.part.key, compaction]));

  const compactions: Compaction[] = [];
  for (const group of compactionGroups(files, release?.as_of ?? null, minimumFiles)) {
    const key = keyOf(group);
    compactions.push(known.get(key) ?? (await compact(tools, group, key)));
  }
  const replaced = compactions.reduce((sum, { replaces }) => sum + replaces.length, 0);
  const body = Buffer.from(JSON.stringify({ version: 1, compactions } satisfies CompactionList));
  // Losing the swap loses nothing but time: the other one's list holds as well.
  if (!found || !body.equals(Buffer.from(found.body))) await lake.swap(compactionsKey, body, found?.tag);
  return { files_before: files.length, files_after: files.length - replaced + compactions.length };
}

/** The compactions that a build may use. */
export async function readCompactions(lake: Lake): Promise<readonly Compaction[]> {
  return (await findJson<CompactionList>(lake, compactionsKey))?.compactions ?? [];
}

/** Takes compactions out of use of which a file is not among the staged ones any more, whoever else writes the list meanwhile. */
export async function dropCompactions(lake: Lake, staged: ReadonlySet<string>): Promise<void> {
  for (;;) {
    const found = await lake.readVersion(compactionsKey);
    if (found === undefined) return;
    const { compactions } = parseJson<CompactionList>(found.body, compactionsKey, lake);
    const kept = compactions.filter(({ replaces }) => replaces.every((key) => staged.has(key)));
    if (kept.length === compactions.length) return;
    const body = Buffer.from(JSON.stringify({ version: 1, compactions: kept } satisfies CompactionList));
    if ((await lake.swap(compactionsKey, body, found.tag)) === 'swapped') return;
  }
}

async function compact(tools: CompactTools, group: readonly StagedFile[], key: string): Promise<Compaction> {
  const { lake, builder, definitions } = tools;
  const [{ dataset, source } = { dataset: '', source: '' }] = group;
  const definition = definitions.datasets.get(dataset);
  const scratch = await lake.scratch();
  try {
    const target = join(scratch, 'merged.parquet');
    const paths = await Promise.all(group.map((file) => lake.localPath(file.key)));
    if (definition) await builder.mergeFiles(definition, paths, target);
    const bytes = (await stat(target)).size;
    await lake.putFile(key, target);
    const dates = group.flatMap((file) => [file.min_date ?? '', file.max_date ?? '']).sort();
    const rows = group.reduce((sum, file) => sum + file.rows, 0);
    const part = { dataset, key, rows, bytes, min_date: dates[0] ?? null, max_date: dates.at(-1) ?? null, undated: 0 };
    const exports = [...new Set(group.map((file) => file.export))].sort();
    return { source, part, exports, replaces: group.map((file) => file.key) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function keyOf(group: readonly StagedFile[]): string {
  const [first] = group;
  const month = monthOf(first?.min_date ?? '').slice(0, 7);
  const hash = createHash('sha256')
    .update(JSON.stringify(group.map((file) => file.key)))
    .digest('hex')
    .slice(0, 32);
  // Every folder holds what belongs together and nothing else: there are engines that read whole folders.
  return `staged/${first?.dataset}/${first?.source}/compacted/${month}/${hash}/part-0000.parquet`;
}
