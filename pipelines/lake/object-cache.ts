import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LakeError } from '../domain/errors.ts';
import { codeOf } from './link-file.ts';

export interface ObjectCacheOptions {
  readonly folder: string;
  /** What the folder may hold, in bytes. */
  readonly limitBytes: number;
  /** A file that was handed out so recently may still be read by an engine and is never removed. */
  readonly keepMs: number;
  readonly now: () => Date;
}

interface Entry {
  readonly bytes: number;
  lastUsed: number;
}

/** Local copies of immutable objects, the least recently used of which go when the folder is full. */
export class ObjectCache {
  readonly #options: ObjectCacheOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #fetching = new Map<string, Promise<string>>();
  #known: Promise<void> | undefined;

  constructor(options: ObjectCacheOptions) {
    this.#options = options;
  }

  /** The local path of an object; `fetch` writes it to a file where it is not here yet. Several callers share one fetch. */
  async path(key: string, fetch: (target: string) => Promise<void>): Promise<string> {
    await this.#readFolder();
    const present = this.#entries.get(key);
    if (present) {
      present.lastUsed = this.#options.now().getTime();
      return this.#pathOf(key);
    }
    const running = this.#fetching.get(key) ?? this.#add(key, fetch).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, running);
    return await running;
  }

  /** Takes a finished local file over as the copy of an object. */
  async adopt(key: string, file: string): Promise<void> {
    await this.#readFolder();
    await this.#add(key, (target) => move(file, target));
  }

  async forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.#entries.delete(key);
      await rm(this.#pathOf(key), { force: true });
    }
  }

  async #add(key: string, write: (target: string) => Promise<void>): Promise<string> {
    const target = this.#pathOf(key);
    await mkdir(dirname(target), { recursive: true });
    const incoming = `${target}.${randomUUID()}.part`;
    try {
      await write(incoming);
      const { size } = await stat(incoming);
      await this.#makeRoom(size);
      await rename(incoming, target);
      this.#entries.set(key, { bytes: size, lastUsed: this.#options.now().getTime() });
      return target;
    } finally {
      await rm(incoming, { force: true });
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    const { limitBytes, keepMs, folder } = this.#options;
    const idleSince = this.#options.now().getTime() - keepMs;
    let held = bytes + [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    const oldest = [...this.#entries].sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
    for (const [key, entry] of oldest) {
      if (held <= limitBytes || entry.lastUsed > idleSince) break;
      await this.forget([key]);
      held -= entry.bytes;
    }
    if (held <= limitBytes) return;
    throw new LakeError('the local copies of the lake’s objects do not fit', {
      where: `${folder}, limited to ${limitBytes} bytes`,
      next: 'give the function more disk, or let the engine be athena',
    });
  }

  /** Copies that an earlier run of this process's machine left count as idle. */
  #readFolder(): Promise<void> {
    this.#known ??= this.#readEntries();
    return this.#known;
  }

  async #readEntries(): Promise<void> {
    const names = await readdir(this.#options.folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const name of names.filter((entry) => entry.isFile())) {
      const path = join(name.parentPath, name.name);
      if (path.endsWith('.part')) continue;
      const { size } = await stat(path);
      this.#entries.set(path.slice(this.#options.folder.length + 1), { bytes: size, lastUsed: 0 });
    }
  }

  #pathOf(key: string): string {
    return join(this.#options.folder, ...key.split('/'));
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to);
    await rm(from);
  }
}
