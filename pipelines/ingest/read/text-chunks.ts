import { isUtf8 } from 'node:buffer';
import type { Detection, Dialect } from '../detect/dialect.ts';
import type { CellFindings, CellScan } from './cell-scan.ts';
import { type ScanMarks, scanRecords } from './record-scan.ts';
import { type TextSource, WrongEncoding } from './text-source.ts';

/** Consecutive records of a file as UTF-8 text, cut where a record ends. */
export interface TextChunk {
  /** Holds until the chunk is released. */
  readonly text: Buffer;
  readonly records: number;
  /** Ordinal of the first record in the file, from 1. */
  readonly firstLine: number;
  readonly emptyLines: number;
  /** Quotes do not close: only the tolerant parser may read it. */
  readonly isDamaged: boolean;
  /** Undefined where nothing is known of the cells. */
  readonly findings: CellFindings | undefined;
  /** Gives the memory of the text back for another chunk. */
  release(): void;
}

/** The text cannot be cut by looking for record ends; the whole file needs the tolerant parser. */
export class UncuttableText extends Error {}

export interface ChunkOptions {
  readonly marks: ScanMarks;
  readonly cells: CellScan;
  readonly chunkBytes: number;
}

/** What the fast scan needs to know of a dialect; undefined where it cannot cut such text. */
export function scanMarks(dialect: Dialect): ScanMarks | undefined {
  const isPlain = dialect.delimiter.length === 1 && dialect.delimiter.charCodeAt(0) < 0x80;
  if (!isPlain || dialect.columnStarts !== undefined || dialect.quote === "'") return undefined;
  if (dialect.escape !== 'double' || (dialect.newline !== '\n' && dialect.newline !== '\r\n')) return undefined;
  return { delimiter: dialect.delimiter.charCodeAt(0), quote: dialect.quote === '' ? undefined : 0x22 };
}

/**
 * Cuts a file's content into chunks of whole records, preamble and header left out. As many chunks' worth of text are held
 * as were not released, and one more.
 * @throws UncuttableText, WrongEncoding
 */
export async function* textChunks(
  source: TextSource,
  { dialect, layout }: Detection,
  options: ChunkOptions,
): AsyncGenerator<TextChunk> {
  const cutter = new ChunkCutter(options, {
    toSkip: layout.preamble + layout.headerRecords,
    mustBeUtf8: dialect.encoding === 'utf-8',
  });
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
      if (chunk === undefined) buffers.giveBack(buffer);
      else yield { ...chunk, release: () => buffers.giveBack(buffer) };
    }
    const rest = cutter.rest();
    if (rest !== undefined) yield { ...rest, release: () => undefined };
  } finally {
    await source.close();
  }
}

/** Buffers that are used again: the memory of fresh ones has to be cleared, and collecting them costs even more. */
class BufferPool {
  readonly #idle: Buffer[] = [];

  take(bytes: number): Buffer {
    const at = this.#idle.findIndex(({ length }) => length >= bytes);
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1);
    // One that has become too small is not worth keeping.
    if (found === undefined) this.#idle.pop();
    return found ?? Buffer.allocUnsafeSlow(bytes + (bytes >> 3));
  }

  giveBack(buffer: Buffer): void {
    this.#idle.push(buffer);
  }
}

/** Holds the text behind the last complete record until more of it comes. */
class ChunkCutter {
  /** Text of no chunk so far. */
  held: Buffer = Buffer.alloc(0);
  readonly #options: ChunkOptions;
  readonly #mustBeUtf8: boolean;
  #toSkip: number;
  #firstLine = 1;

  constructor(
    options: ChunkOptions,
    { toSkip, mustBeUtf8 }: { readonly toSkip: number; readonly mustBeUtf8: boolean },
  ) {
    this.#options = options;
    this.#toSkip = toSkip;
    this.#mustBeUtf8 = mustBeUtf8;
  }

  /** The whole records of a text that begins with what was held. */
  cut(text: Buffer, isLast: boolean): Omit<TextChunk, 'release'> | undefined {
    this.held = text;
    this.#skip(isLast);
    if (this.#toSkip > 0) return undefined;
    const scan = this.#options.cells.scan(this.held, isLast);
    const whole = this.held.subarray(0, scan.end);
    this.held = this.held.subarray(scan.end);
    if (this.held.length > this.#options.chunkBytes * 2) throw new UncuttableText();
    if (this.#mustBeUtf8 && !isUtf8(whole)) throw new WrongEncoding();
    const firstLine = this.#firstLine;
    this.#firstLine += scan.records;
    if (whole.length === 0) return undefined;
    const { records, emptyLines, findings } = scan;
    return { text: whole, records, firstLine, emptyLines, isDamaged: false, findings };
  }

  /** What a quote that never closes has left at the end of the file. */
  rest(): Omit<TextChunk, 'release'> | undefined {
    if (this.held.length === 0) return undefined;
    const [text, firstLine] = [this.held, this.#firstLine];
    return { text, records: 0, firstLine, emptyLines: 0, isDamaged: true, findings: undefined };
  }

  #skip(isLast: boolean): void {
    if (this.#toSkip === 0) return;
    const head = scanRecords(this.held, this.#options.marks, isLast, this.#toSkip);
    this.#toSkip -= head.records + head.emptyLines;
    this.held = this.held.subarray(head.end);
  }
}
