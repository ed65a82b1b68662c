import type { Note } from '../../domain/receipt.ts';
import type { Detection } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { readTable } from '../parse/read-table.ts';
import type { TableRecord } from '../parse/record-reader.ts';
import type { TableReading } from '../parse/table-batch.ts';
import { cellRules, runPosition } from '../plan/cell-rules.ts';
import { CellScan } from './cell-scan.ts';
import { type AnyChunk, ChunkReader, type ChunkTask } from './chunk-reader.ts';
import type { ParsedChunk } from './chunk-source.ts';
import type { EngineSession } from './engine.ts';
import { exportBytes } from './export-bytes.ts';
import { type ChunkOptions, scanMarks, type TextChunk, textChunks, UncuttableText } from './text-chunks.ts';
import { openText } from './text-source.ts';

export type Visit = (reader: ChunkReader, chunk: AnyChunk, index: number) => Promise<void>;

/** Chunks of records that the tolerant parser has cut hold about so many. */
const parsedRecords = 50_000;

/** Visits the chunks of one file, as often as asked, several at once. */
export class ChunkLanes {
  readonly #file: LandedFile;
  readonly #detection: Detection;
  readonly #chunkBytes: number;
  #isCuttable: boolean;
  /** Departures from a clean table; complete after the first visit. */
  notes: readonly Note[];

  constructor(file: LandedFile, detection: Detection, chunkBytes: number) {
    this.#file = file;
    this.#detection = detection;
    this.#chunkBytes = chunkBytes;
    this.#isCuttable = scanMarks(detection.dialect) !== undefined;
    this.notes = detection.notes;
  }

  /** Visits the first chunk only; none where the text cannot be cut. */
  async first(session: EngineSession, task: ChunkTask, visit: Visit): Promise<void> {
    if (!this.#isCuttable) return;
    const options = this.#options(task);
    try {
      await inLanes([session], task, first(await this.#chunks(options)), visit);
    } catch (error) {
      if (!(error instanceof UncuttableText)) throw error;
      // Whoever visits all chunks comes upon the same, and starts again then.
    }
  }

  /**
   * Visits every chunk. Where the text turns out not to be cuttable on the way, `startAgain` is called and the visits begin
   * anew, with records that the tolerant parser has cut.
   */
  async each(sessions: readonly EngineSession[], task: ChunkTask, visit: Visit, startAgain: () => void): Promise<void> {
    if (this.#isCuttable) {
      try {
        return await inLanes(sessions, task, await this.#chunks(this.#options(task)), visit);
      } catch (error) {
        if (!(error instanceof UncuttableText)) throw error;
        this.#isCuttable = false;
        startAgain();
      }
    }
    const reading = readTable(exportBytes(this.#file), this.#detection);
    await inLanes(sessions.slice(0, 1), task, parsedChunks(reading), visit);
    this.notes = reading.notes();
  }

  async #chunks(options: ChunkOptions): Promise<AsyncGenerator<TextChunk>> {
    return textChunks(await openText(this.#file, this.#detection.dialect), this.#detection, options);
  }

  #options({ marks, plan }: ChunkTask): ChunkOptions {
    return {
      marks,
      chunkBytes: this.#chunkBytes,
      cells: new CellScan(marks, plan.width, cellRules(plan), runPosition(plan)),
    };
  }
}

async function* first<T>(chunks: AsyncGenerator<T>): AsyncGenerator<T> {
  for await (const chunk of chunks) {
    yield chunk;
    return;
  }
}

/** Several lanes take chunks from one stream; each keeps about one core busy. */
async function inLanes(
  sessions: readonly EngineSession[],
  task: ChunkTask,
  chunks: AsyncGenerator<AnyChunk>,
  visit: Visit,
): Promise<void> {
  let index = 0;
  let hasFailed = false;
  const lane = async (session: EngineSession, name: string): Promise<void> => {
    const reader = new ChunkReader(session, task, name);
    for (let next = await chunks.next(); !next.done && !hasFailed; next = await chunks.next()) {
      const own = index;
      index += 1;
      await visit(reader, next.value, own);
      if ('text' in next.value) next.value.release();
    }
  };
  const guarded = sessions.map(async (session, at) => {
    try {
      await lane(session, `lane${at}`);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  });
  const results = await Promise.allSettled(guarded);
  await chunks.return(undefined);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Records of the first table of a file that only the tolerant parser can cut. */
async function* parsedChunks(reading: TableReading): AsyncGenerator<ParsedChunk> {
  let firstLine = 1;
  let held: TableRecord[] = [];
  for await (const batch of reading.batches) {
    if (batch.table > 0) continue;
    held = held.concat(batch.records);
    if (held.length < parsedRecords) continue;
    yield { records: held, firstLine };
    firstLine += held.length;
    held = [];
  }
  if (held.length > 0) yield { records: held, firstLine };
}
