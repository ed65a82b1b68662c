import type { Detection } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { ChunkReader, type ChunkTask } from './chunk-reader.ts';
import { chunkScan } from './chunk-scan.ts';
import type { EngineSession } from './engine.ts';
import { type TextChunk, textChunks } from './text-chunks.ts';
import { openText } from './text-source.ts';

export type Visit = (reader: ChunkReader, chunk: TextChunk, index: number) => Promise<void>;

const smallestChunk = 1 << 16;

/** Visits the chunks of one file, as often as asked, several at once. */
export class ChunkLanes {
  readonly #file: LandedFile;
  readonly #detection: Detection;
  readonly #chunkBytes: number;

  constructor(file: LandedFile, detection: Detection, chunkBytes: number) {
    this.#file = file;
    this.#detection = detection;
    // A small file wants no large buffers: each is fresh memory. As UTF-8, packed or in another encoding, it may be longer.
    this.#chunkBytes = Math.min(chunkBytes, 4 * file.bytes + smallestChunk);
  }

  /** Visits the first chunk only, of so many bytes at most. */
  async first(session: EngineSession, task: ChunkTask, bytes: number, visit: Visit): Promise<void> {
    await inLanes([session], task, first(await this.#chunks(task, Math.min(bytes, this.#chunkBytes))), visit);
  }

  /** Visits every chunk. */
  async each(sessions: readonly EngineSession[], task: ChunkTask, visit: Visit): Promise<void> {
    await inLanes(sessions, task, await this.#chunks(task), visit);
  }

  async #chunks(task: ChunkTask, chunkBytes = this.#chunkBytes): Promise<AsyncGenerator<TextChunk>> {
    const options = { chunkBytes, cells: chunkScan(task) };
    return textChunks(await openText(this.#file, this.#detection), this.#detection, options);
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
  chunks: AsyncGenerator<TextChunk>,
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
      next.value.release();
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
