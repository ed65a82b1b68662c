import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { IngestError } from '../../domain/errors.ts';
import type { LandedFile } from '../ingest.ts';

const pieceBytes = 1 << 20;

/** The file's content in pieces, decompressed where it is gzip. */
export async function* exportBytes(file: LandedFile): AsyncGenerator<Buffer> {
  const stream = createReadStream(file.path, { highWaterMark: pieceBytes });
  if (!file.isGzip) {
    yield* stream as AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: pieceBytes });
  stream.on('error', (error) => gunzip.destroy(error));
  stream.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new IngestError('the compressed file is damaged', {
      where: file.name,
      next: 'ask for the file again; `gzip -t` shows whether a copy is whole',
      cause,
    });
  } finally {
    stream.destroy();
  }
}

/** The first bytes of the file's content: what detection looks at. */
export async function sampleBytes(file: LandedFile, wanted = 64 << 10): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let held = 0;
  for await (const piece of exportBytes(file)) {
    pieces.push(piece);
    held += piece.length;
    if (held >= wanted) break;
  }
  return Buffer.concat(pieces).subarray(0, wanted);
}
