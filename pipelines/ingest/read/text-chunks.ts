import { isUtf8 } from 'node:buffer';
import type { Detection, Dialect } from '../detect/dialect.ts';
import type { CellFindings, CellScan } from './cell-scan.ts';
import { type ScanMarks, scanRecords } from './record-scan.ts';

/** Consecutive records of a file as UTF-8 text, cut where a record ends. */
export interface TextChunk {
  readonly text: Buffer;
  readonly records: number;
  /** Ordinal of the first record in the file, from 1. */
  readonly firstLine: number;
  readonly emptyLines: number;
  readonly isLast: boolean;
  /** Quotes do not close: only the tolerant parser may read it. */
  readonly isDamaged: boolean;
  /** Undefined where nothing is known of the cells. */
  readonly findings: CellFindings | undefined;
}

/** The text cannot be cut by looking for record ends; the whole file needs the tolerant parser. */
export class UncuttableText extends Error {}
/** The bytes are not in the encoding that was detected. */
export class WrongEncoding extends Error {}

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
 * Cuts a file's content into chunks of whole records, preamble and header left out. At most two chunks' worth of text is
 * held at a time.
 * @throws UncuttableText, WrongEncoding
 */
export async function* textChunks(
  bytes: AsyncIterable<Buffer>,
  { dialect, layout }: Detection,
  options: ChunkOptions,
): AsyncGenerator<TextChunk> {
  const cutter = new ChunkCutter(options, {
    toSkip: layout.preamble + layout.headerRecords,
    mustBeUtf8: dialect.encoding === 'utf-8',
  });
  for await (const { pieces, isLast } of blocks(decoded(bytes, dialect), options.chunkBytes)) {
    const chunk = cutter.push(pieces, isLast);
    if (chunk !== undefined) yield chunk;
  }
  const rest = cutter.rest();
  if (rest !== undefined) yield rest;
}

/** Holds the text behind the last complete record until more of it comes. */
class ChunkCutter {
  readonly #options: ChunkOptions;
  readonly #mustBeUtf8: boolean;
  #toSkip: number;
  #firstLine = 1;
  #held: Buffer = Buffer.alloc(0);

  constructor(
    options: ChunkOptions,
    { toSkip, mustBeUtf8 }: { readonly toSkip: number; readonly mustBeUtf8: boolean },
  ) {
    this.#options = options;
    this.#toSkip = toSkip;
    this.#mustBeUtf8 = mustBeUtf8;
  }

  push(pieces: readonly Buffer[], isLast: boolean): TextChunk | undefined {
    this.#held = Buffer.concat([this.#held, ...pieces]);
    this.#skip(isLast);
    if (this.#toSkip > 0) return undefined;
    const scan = this.#options.cells.scan(this.#held, isLast);
    const whole = this.#held.subarray(0, scan.end);
    this.#held = this.#held.subarray(scan.end);
    if (this.#held.length > this.#options.chunkBytes * 2) throw new UncuttableText();
    if (this.#mustBeUtf8 && !isUtf8(whole)) throw new WrongEncoding();
    const firstLine = this.#firstLine;
    this.#firstLine += scan.records;
    if (whole.length === 0) return undefined;
    return {
      text: whole,
      records: scan.records,
      firstLine,
      emptyLines: scan.emptyLines,
      isLast: isLast && this.#held.length === 0,
      isDamaged: false,
      findings: scan.findings,
    };
  }

  /** What a quote that never closes has left at the end of the file. */
  rest(): TextChunk | undefined {
    if (this.#held.length === 0) return undefined;
    const [text, firstLine] = [this.#held, this.#firstLine];
    return { text, records: 0, firstLine, emptyLines: 0, isLast: true, isDamaged: true, findings: undefined };
  }

  #skip(isLast: boolean): void {
    if (this.#toSkip === 0) return;
    const head = scanRecords(this.#held, this.#options.marks, isLast, this.#toSkip);
    this.#toSkip -= head.records + head.emptyLines;
    this.#held = this.#held.subarray(head.end);
  }
}

async function* decoded(bytes: AsyncIterable<Buffer>, dialect: Dialect): AsyncGenerator<Buffer> {
  if (dialect.encoding === 'utf-8') {
    yield* withoutMark(bytes, dialect.bom);
    return;
  }
  const decoder = new TextDecoder(dialect.encoding, { fatal: true });
  try {
    for await (const piece of bytes) yield Buffer.from(decoder.decode(piece, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch {
    throw new WrongEncoding();
  }
}

async function* withoutMark(bytes: AsyncIterable<Buffer>, hasMark: boolean): AsyncGenerator<Buffer> {
  let isFirst = hasMark;
  for await (const piece of bytes) {
    yield isFirst ? piece.subarray(3) : piece;
    isFirst = false;
  }
}

/** Pieces gathered into blocks of about `size` bytes; they are put together once, with what is left of the block before. */
async function* blocks(
  pieces: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ readonly pieces: readonly Buffer[]; readonly isLast: boolean }> {
  let gathered: Buffer[] = [];
  let held = 0;
  for await (const piece of pieces) {
    if (held >= size) {
      yield { pieces: gathered, isLast: false };
      gathered = [];
      held = 0;
    }
    gathered.push(piece);
    held += piece.length;
  }
  yield { pieces: gathered, isLast: true };
}
