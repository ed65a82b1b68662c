/**
 * Reads one stream out of a compound file (the "file system in a file" of old Office formats, [MS-CFB]). Undefined where
 * there is none of that name. Throws a `RangeError` where chains lead nowhere: the file is damaged.
 */
export function readCompoundStream(file: Buffer, names: readonly string[]): Buffer | undefined {
  const compound = new CompoundFile(file);
  const entries = compound.entries();
  const found = names.map((name) => entries.find((entry) => entry.name === name)).find((entry) => entry !== undefined);
  return found === undefined ? undefined : compound.content(found, entries[0]);
}

interface Entry {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/** Marks above this are no sectors: end of chain, free, table. */
const lastSector = 0xfffffffa;
const headerTableEntries = 109;
const entryBytes = 128;

class CompoundFile {
  readonly #file: Buffer;
  readonly #sectorBytes: number;
  readonly #miniBytes: number;
  readonly #miniLimit: number;
  readonly #table: readonly number[];

  constructor(file: Buffer) {
    this.#file = file;
    this.#sectorBytes = 1 << file.readUInt16LE(30);
    this.#miniBytes = 1 << file.readUInt16LE(32);
    this.#miniLimit = file.readUInt32LE(56);
    if (this.#sectorBytes < 128 || this.#sectorBytes > 1 << 16) throw new RangeError('impossible sector size');
    this.#table = this.#tableSectors().flatMap((sector) => numbers(this.#sector(sector)));
  }

  entries(): Entry[] {
    const directory = this.#chain(this.#file.readUInt32LE(48));
    return Array.from({ length: Math.floor(directory.length / entryBytes) }, (_, at) => {
      const entry = directory.subarray(at * entryBytes, (at + 1) * entryBytes);
      const nameBytes = Math.min(64, entry.readUInt16LE(64));
      return {
        name: entry.toString('utf16le', 0, Math.max(0, nameBytes - 2)),
        start: entry.readUInt32LE(116),
        bytes: entry.readUInt32LE(120),
      };
    });
  }

  /** Small streams lie in sectors of their own inside the stream of the root entry. */
  content(entry: Entry, root: Entry | undefined): Buffer {
    if (entry.bytes >= this.#miniLimit || root === undefined) return this.#chain(entry.start).subarray(0, entry.bytes);
    const small = this.#chain(root.start);
    const table = numbers(this.#chain(this.#file.readUInt32LE(60)));
    const sectors = follow(entry.start, table);
    const pieces = sectors.map((sector) => small.subarray(sector * this.#miniBytes, (sector + 1) * this.#miniBytes));
    return Buffer.concat(pieces).subarray(0, entry.bytes);
  }

  /** Sectors of the allocation table: the first ones stand in the header, the others in a chain of their own. */
  #tableSectors(): number[] {
    const sectors = numbers(this.#file.subarray(76, 76 + headerTableEntries * 4));
    let next = this.#file.readUInt32LE(68);
    const seen = new Set<number>();
    while (next < lastSector && !seen.has(next)) {
      seen.add(next);
      const more = numbers(this.#sector(next));
      next = more.pop() ?? lastSector;
      sectors.push(...more);
    }
    return sectors.filter((sector) => sector < lastSector);
  }

  #chain(start: number): Buffer {
    return Buffer.concat(follow(start, this.#table).map((sector) => this.#sector(sector)));
  }

  #sector(sector: number): Buffer {
    const start = (sector + 1) * this.#sectorBytes;
    if (start >= this.#file.length) throw new RangeError('a sector lies behind the end of the file');
    return this.#file.subarray(start, start + this.#sectorBytes);
  }
}

function numbers(bytes: Buffer): number[] {
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readUInt32LE(at * 4));
}

function follow(start: number, table: readonly number[]): number[] {
  const sectors: number[] = [];
  let next = start;
  while (next < lastSector) {
    if (sectors.length > table.length) throw new RangeError('a chain of sectors runs in a circle');
    sectors.push(next);
    next = table[next] ?? lastSector;
  }
  return sectors;
}
