import { type FileHandle, open } from 'node:fs/promises';
import type { Detection } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { escapedByte } from '../parse/undecodable-bytes.ts';
import { damagedText } from './damaged-text.ts';
import { exportBytes } from './export-bytes.ts';
import { Gb18030Text, widestCharacter } from './gb18030-text.ts';
import { WrongEncoding } from './wrong-encoding.ts';

/** The text of a file in UTF-8, read on and on into buffers of the reader's own: fresh ones cost more than reading does. */
export interface TextSource {
  /** Fills a buffer from an offset on, or as far as the text goes; `isEnd`: nothing is left. @throws WrongEncoding */
  fill(buffer: Buffer, offset: number): Promise<{ readonly end: number; readonly isEnd: boolean }>;
  close(): Promise<void>;
}

const byteOrderMark = 3;

export async function openText(
  file: LandedFile,
  { dialect: { encoding, bom }, isDamaged = false }: Pick<Detection, 'dialect' | 'isDamaged'>,
): Promise<TextSource> {
  const skipped = encoding === 'utf-8' && bom ? byteOrderMark : 0;
  if (encoding === 'utf-8' && !file.isGzip) return new FileText(await open(file.path), file.bytes, skipped);
  if (encoding === 'utf-8') return new PieceText(withoutMark(exportBytes(file), skipped));
  if (encoding === 'gb18030') return new Gb18030Source(exportBytes(file), isDamaged);
  if (isDamaged) return new PieceText(damagedText(exportBytes(file), encoding));
  return new PieceText(decoded(exportBytes(file), encoding));
}

/** A file that holds the text as it stands. */
class FileText implements TextSource {
  readonly #handle: FileHandle;
  readonly #bytes: number;
  #position: number;

  constructor(handle: FileHandle, bytes: number, position: number) {
    this.#handle = handle;
    this.#bytes = bytes;
    this.#position = position;
  }

  async fill(buffer: Buffer, offset: number): Promise<{ readonly end: number; readonly isEnd: boolean }> {
    let end = offset;
    while (end < buffer.length && this.#position < this.#bytes) {
      const { bytesRead } = await this.#handle.read(buffer, end, buffer.length - end, this.#position);
      // The landed copy is ours; if it was cut short all the same, what is there is all there is.
      if (bytesRead === 0) return { end, isEnd: true };
      end += bytesRead;
      this.#position += bytesRead;
    }
    return { end, isEnd: this.#position >= this.#bytes };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class Gb18030Source implements TextSource {
  readonly #pieces: AsyncGenerator<Buffer>;
  readonly #text: Gb18030Text;
  readonly #isDamaged: boolean;
  #piece: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncGenerator<Buffer>, isDamaged: boolean) {
    this.#pieces = pieces;
    this.#isDamaged = isDamaged;
    this.#text = new Gb18030Text(isDamaged);
  }

  async fill(buffer: Buffer, offset: number): Promise<{ readonly end: number; readonly isEnd: boolean }> {
    let end = offset;
    for (;;) {
      const { read, written } = this.#text.write(this.#piece, buffer.subarray(end));
      this.#piece = this.#piece.subarray(read);
      end += written;
      if (end + widestCharacter > buffer.length) return { end, isEnd: false };
      const { done, value } = await this.#pieces.next();
      if (done) break;
      // A character may begin in one piece and end in the next.
      this.#piece = this.#piece.length === 0 ? value : Buffer.concat([this.#piece, value]);
    }
    if (this.#piece.length > 0 && !this.#isDamaged) throw new WrongEncoding();
    // A character that the file's end cuts off: fewer bytes than the widest has.
    const cut = Buffer.from([...this.#piece].flatMap(escapedByte));
    if (end + cut.length > buffer.length) return { end, isEnd: false };
    return { end: end + cut.copy(buffer, end), isEnd: true };
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }
}

/** Text that comes in pieces: bytes of UTF-8, or what was decoded. */
class PieceText implements TextSource {
  readonly #pieces: AsyncGenerator<Buffer | string>;
  readonly #encoder = new TextEncoder();
  #piece: Buffer | string = '';
  #isEnd = false;

  constructor(pieces: AsyncGenerator<Buffer | string>) {
    this.#pieces = pieces;
  }

  async fill(buffer: Buffer, offset: number): Promise<{ readonly end: number; readonly isEnd: boolean }> {
    let end = offset;
    for (;;) {
      while (this.#piece.length === 0 && !this.#isEnd) await this.#next();
      if (this.#isEnd) return { end, isEnd: true };
      const written = this.#write(buffer, end);
      end += written;
      if (this.#piece.length > 0) return { end, isEnd: false };
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #next(): Promise<void> {
    const { done, value } = await this.#pieces.next();
    this.#isEnd = done === true;
    this.#piece = done === true ? '' : value;
  }

  /** Writes as much of the piece as there is room for; bytes written. */
  #write(buffer: Buffer, offset: number): number {
    const piece = this.#piece;
    if (typeof piece !== 'string') {
      const written = piece.copy(buffer, offset);
      this.#piece = piece.subarray(written);
      return written;
    }
    const { read, written } = this.#encoder.encodeInto(piece, buffer.subarray(offset));
    this.#piece = piece.slice(read);
    return written;
  }
}

async function* decoded(bytes: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (piece?: Buffer): string => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
    } catch {
      throw new WrongEncoding();
    }
  };
  for await (const piece of bytes) yield decode(piece);
  yield decode();
}

async function* withoutMark(bytes: AsyncIterable<Buffer>, skipped: number): AsyncGenerator<Buffer> {
  let toSkip = skipped;
  for await (const piece of bytes) {
    yield piece.subarray(toSkip);
    toSkip = 0;
  }
}
