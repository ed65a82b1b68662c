import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { IngestError } from '../../domain/errors.ts';
import type { LandedFile } from '../ingest.ts';

const bufferBytes = 4 << 20;

/** Copies a file into `scratch` byte for byte and hashes it on the way: the file is read once and never held whole. */
export async function landFile(path: string, scratch: string): Promise<LandedFile> {
  const source = await open(path, 'r').catch((cause: unknown) => {
    throw new IngestError('the file cannot be read', { where: path, next: 'check its name and permissions', cause });
  });
  const copy = join(scratch, 'landed');
  const target = await open(copy, 'w');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(bufferBytes);
  let bytes = 0;
  let isGzip = false;
  try {
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, bufferBytes);
      if (bytesRead === 0) break;
      const piece = buffer.subarray(0, bytesRead);
      if (bytes === 0) isGzip = piece[0] === 0x1f && piece[1] === 0x8b;
      hash.update(piece);
      await target.writeFile(piece);
      bytes += bytesRead;
    }
  } finally {
    await source.close();
    await target.close();
  }
  return { name: basename(path), sha: hash.digest('hex'), bytes, path: copy, isGzip };
}
