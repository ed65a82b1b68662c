import { isUtf8 } from 'node:buffer';
import type { Detection } from '../detect/dialect.ts';
import { BufferPool } from '../parse/buffer-pool.ts';
import type { MendedText } from '../parse/mended-text.ts';
import { RecordWindow } from '../parse/record-window.ts';
import { undecodableOffsets } from '../parse/undecodable-bytes.ts';
import type { CellFindings, CellScan } from './cell-scan.ts';
import type { TextSource } from './text-source.ts';
import { WrongEncoding } from './wrong-encoding.ts';

/** Consecutive records of a file as UTF-8 text, cut where a record ends. */
export interface TextChunk {
  /** As it stands in the file. Holds until the chunk is released, as does what was mended. */
  readonly source: Buffer;
  /** Offsets of bytes that belong to no letter. */
  readonly undecodable: readonly number[];
  /** As the engine is to read it. */
  readonly mended: MendedText;
  readonly records: number;
  /** Ordinal of the first record in the file, from 1. */
  readonly firstLine: number;
  /** Undefined where nothing is known of the cells. */
  readonly findings: CellFindings | undefined;
  /** Gives the memory of the text back for another chunk. */
  release(): void;
}

export interface ChunkOptions {
  readonly cells: CellScan;
  readonly chunkBytes: number;
}

/**
 * Cuts a file's content into chunks of whole records, preamble and header left out. As many chunks' worth of text are held
 * as were not released, and one more.
 * @throws WrongEncoding
 */
export async function* textChunks(
  source: TextSource,
  detection: Pick<Detection, 'dialect' | 'layout' | 'isDamaged'>,
  options: ChunkOptions,
): AsyncGenerator<TextChunk> {
  const cutter = new ChunkCutter(options.cells, detection);
  const buffers = new BufferPool();
  try {
    for (let isEnd = false; !isEnd; ) {
      const wanted = cutter.held.length + options.chunkBytes;
      const buffer = buffers.take(wanted);
      cutter.held.copy(buffer);
      const filled = await source.fill(buffer.subarray(0, wanted), cutter.held.length);
      isEnd = filled.isEnd;
      const chunk = cutter.cut(buffer.subarray(0, filled.end), isEnd);
      // What is held of a buffer is moved to the next one, or within it, before anything is read into that.
      if (chunk === undefined) {
        buffers.giveBack(buffer);
        continue;
      }
      const release = (): void => {
        buffers.giveBack(buffer);
        chunk.mended.release();
      };
      yield { ...chunk, release };
    }
  } finally {
    await source.close();
  }
}

/** Holds the text behind the last complete record until more of it comes. */
class ChunkCutter {
  /** Text of no chunk so far. */
  held: Buffer = Buffer.alloc(0);
  readonly #cells: CellScan;
  readonly #mustBeUtf8: boolean;
  readonly #isDamaged: boolean;
  readonly #head: RecordWindow;
  #toSkip: number;
  #firstLine = 1;

  constructor(
    cells: CellScan,
    { dialect, layout, isDamaged = false }: Pick<Detection, 'dialect' | 'layout' | 'isDamaged'>,
  ) {
    this.#cells = cells;
    this.#toSkip = layout.preamble + layout.headerRecords;
    this.#head = new RecordWindow(dialect, layout.width);
    this.#isDamaged = isDamaged;
    this.#mustBeUtf8 = isDamaged || dialect.encoding === 'utf-8';
  }

  /** The whole records of a text that begins with what was held. */
  cut(text: Buffer, isLast: boolean): Omit<TextChunk, 'release'> | undefined {
    this.held = text;
    const isSound = !this.#mustBeUtf8 || isUtf8(isLast ? text : wholeLetters(text));
    if (!isSound && !this.#isDamaged) throw new WrongEncoding();
    this.#skip(isLast);
    if (this.#toSkip > 0) return undefined;
    const undecodable = isSound ? [] : undecodableOffsets(isLast ? this.held : wholeLetters(this.held));
    const { end, records, findings, mended } = this.#cells.scan(this.held, isLast, undecodable);
    const source = this.held.subarray(0, end);
    this.held = this.held.subarray(end);
    const firstLine = this.#firstLine;
    this.#firstLine += records;
    return source.length === 0 ? undefined : { source, undecodable, mended, records, firstLine, findings };
  }

  /** Header and preamble are cut as they were when they were found. */
  #skip(isLast: boolean): void {
    if (this.#toSkip === 0) return;
    this.#head.begin(this.held);
    let at = 0;
    for (; this.#toSkip > 0; this.#toSkip -= 1) {
      const placed = this.#head.read(at, isLast);
      if (placed === undefined) break;
      at = placed.end;
    }
    // Nobody knows what a damaged header names.
    if (this.#isDamaged && !isUtf8(this.held.subarray(0, at))) throw new WrongEncoding();
    this.held = this.held.subarray(at);
  }
}

/** UTF-8 text without the letter at its end that is cut off, where one is. */
function wholeLetters(text: Buffer): Buffer {
  let start = text.length - 1;
  while (start > text.length - 4 && start > 0 && ((text[start] as number) & 0xc0) === 0x80) start -= 1;
  return ((text[start] ?? 0) & 0x80) === 0 ? text : text.subarray(0, start);
}
