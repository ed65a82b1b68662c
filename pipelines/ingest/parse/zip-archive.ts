import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { IngestError } from '../../domain/errors.ts';

/** One file inside an archive. */
export interface ZipMember {
  readonly name: string;
  /** Bytes when unpacked, as declared; the stream fails where it holds another number. */
  readonly bytes: number;
  open(): Promise<Readable>;
}

/** Small files may compress to next to nothing; above this size the ratio is judged. */
const harmlessBytes = 32 << 20;
const highestRatio = 250;
const mostMembers = 10_000;

/** Whether so many bytes out of so few are a bomb rather than a table. */
export function isBomb(packed: number, unpacked: number): boolean {
  return unpacked > harmlessBytes && unpacked > packed * highestRatio;
}

/** An open zip archive; members are unpacked as streams, never to disk. Close it when done. */
export class ZipArchive {
  readonly members: readonly ZipMember[];
  readonly #zip: ZipFile;

  private constructor(zip: ZipFile, entries: readonly Entry[]) {
    this.#zip = zip;
    this.members = entries.map((entry) => ({
      name: entry.fileName,
      bytes: entry.uncompressedSize,
      open: () => zip.openReadStreamPromise(entry),
    }));
  }

  /** Throws an `IngestError` for a broken, encrypted or explosive archive. */
  static async open(file: string): Promise<ZipArchive> {
    const broken = (cause: unknown): never => {
      if (cause instanceof IngestError) throw cause;
      throw new IngestError('The archive is broken.', { where: file, next: 'Ask for the file again.', cause });
    };
    const zip = await openPromise(file, { lazyEntries: true, autoClose: false }).catch(broken);
    try {
      return new ZipArchive(zip, await listEntries(zip, file));
    } catch (error) {
      zip.close();
      return broken(error);
    }
  }

  member(name: string): ZipMember | undefined {
    return this.members.find((member) => member.name === name);
  }

  close(): void {
    this.#zip.close();
  }
}

async function listEntries(zip: ZipFile, file: string): Promise<Entry[]> {
  if (zip.entryCount > mostMembers) throw refused('The archive has too many members.', file);
  const entries: Entry[] = [];
  let packed = 0;
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    if (entry.isEncrypted()) throw refused('The archive is encrypted.', `${file}: ${entry.fileName}`);
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    // Many members that are harmless each may be a bomb together.
    if (isBomb(entry.compressedSize, entry.uncompressedSize) || isBomb(packed, unpacked)) {
      throw refused('The archive unpacks to far more than any table.', `${file}: ${entry.fileName}`);
    }
    entries.push(entry);
  }
  return entries;
}

function refused(message: string, where: string): IngestError {
  return new IngestError(message, { where, next: 'Unpack it by hand and pass the tables in it.' });
}
