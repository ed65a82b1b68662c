import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../../pipelines/domain/errors.ts';
import { currentRelease } from '../../pipelines/steps/releases.ts';
import { buildIn, definitionsOf, ingestInto, openLakeAt } from './whole-run.ts';

/** Part of a race, in a process of its own: each file is ingested, or each round built, by a client of its own. */
export interface RaceTask {
  readonly bucket: string;
  readonly prefix: string;
  readonly localFolder: string;
  readonly catalog: string;
  /** Ingested all at once. */
  readonly files: readonly string[];
  /** So many builders at once; each goes on until a release has so many receipts. */
  readonly builders: number;
  readonly untilReceipts: number;
}

/** One line of output each. */
export type RaceResult =
  | { readonly kind: 'ingested'; readonly file: string; readonly status: string }
  | { readonly kind: 'built'; readonly release: string; readonly isNew: boolean };

if (process.argv[2] !== undefined) await race(JSON.parse(process.argv[2]) as RaceTask);

async function race(task: RaceTask): Promise<void> {
  const definitions = definitionsOf(task.catalog);
  const newLake = () => openLakeAt({ ...task, localFolder: mkdtempSync(join(task.localFolder, 'client-')) });
  const ingests = task.files.map(async (path) => {
    for (const { file, status } of await ingestInto(newLake(), definitions, [path]))
      print({ kind: 'ingested', file, status });
  });
  const builds = Array.from({ length: task.builders }, async () => {
    const lake = newLake();
    for (let receipts = 0; receipts < task.untilReceipts; ) {
      const { release, is_new: isNew } = await untilDone(() => buildIn(lake, definitions));
      print({ kind: 'built', release, isNew });
      receipts = (await currentRelease(lake)).release?.receipts.length ?? 0;
    }
  });
  await Promise.all([...ingests, ...builds]);
}

/** As the state machine does: a failure that calls itself passing is tried again. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TidemarkError && error.retryable)) throw error;
    }
  }
}

function print(result: RaceResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
