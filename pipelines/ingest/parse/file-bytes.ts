import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { IngestError } from '../../domain/errors.ts';
import { isBomb } from './zip-archive.ts';

/** Bytes that can be read from the start as often as needed. */
export type ByteSource = () => AsyncIterable<Uint8Array>;

const chunkBytes = 1 << 18;

/** The bytes of a file as they stand. */
export function plainBytes(file: string): ByteSource {
  return () => createReadStream(file, { highWaterMark: chunkBytes });
}

/** The unpacked bytes of a gzip file; an `IngestError` where it is broken or a bomb. */
export function unzippedBytes(file: string): ByteSource {
  return async function* unzipped() {
    let packed = 0;
    let unpacked = 0;
    const source = createReadStream(file, { highWaterMark: chunkBytes }).on('data', (chunk) => {
      packed += chunk.length;
    });
    const gunzip = createGunzip({ chunkSize: chunkBytes });
    source.on('error', (error) => gunzip.destroy(error));
    source.pipe(gunzip);
    try {
      for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
        unpacked += chunk.length;
        if (isBomb(packed, unpacked)) throw new RangeError('unpacks to far more than any table');
        yield chunk;
      }
    } catch (cause) {
      const next = 'Ask for the file again; `gzip -t` shows whether a copy is whole.';
      throw new IngestError('The gzip file cannot be unpacked.', { where: file, next, cause });
    } finally {
      source.destroy();
    }
  };
}
