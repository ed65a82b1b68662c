import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LakeError } from '../domain/errors.ts';
import type { Lake, VersionTag } from './lake.ts';
import { codeOf, flush, linkInto } from './link-file.ts';
import { checkKey, listFolder } from './object-key.ts';
import { VersionChain } from './version-chain.ts';

const scratchFolder = '.scratch';
/** A scratch folder that nobody has touched for so long belongs to a killed run. */
const abandonedAfterMs = 24 * 3_600_000;

/**
 * A lake in a local folder. Objects are written beside the lake's data (`.scratch`), flushed, then linked or renamed to
 * their key, so nobody sees half an object. `swap` needs no lock: see `VersionChain`.
 * @param folder is made on the first write; reading a lake that does not exist finds nothing.
 */
export function createFolderLake(folder: string): Lake {
  return new FolderLake(resolve(folder));
}

class FolderLake implements Lake {
  readonly location: string;
  readonly #versions: VersionChain;

  constructor(location: string) {
    this.location = location;
    this.#versions = new VersionChain(location);
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await this.#versions.newest(checkKey(key)))?.body ?? (await readIfThere(this.#path(key)));
  }

  async readVersion(key: string): Promise<{ body: Uint8Array; tag: VersionTag } | undefined> {
    return await this.#versions.newest(checkKey(key));
  }

  async create(key: string, body: Uint8Array): Promise<'created' | 'exists'> {
    const target = this.#path(checkKey(key));
    const linked = await this.#withIncoming(key, body, (finished) => linkInto(finished, target));
    return linked ? 'created' : 'exists';
  }

  async swap(key: string, body: Uint8Array, expected: VersionTag | undefined): Promise<'swapped' | 'lost'> {
    const target = this.#path(checkKey(key));
    const linked = await this.#withIncoming(key, body, (finished) => this.#versions.append(key, finished, expected));
    if (!linked) return 'lost';
    await this.#publishNewest(key, target);
    return 'swapped';
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const target = this.#path(checkKey(key));
    try {
      await flush(localPath);
      await mkdir(dirname(target), { recursive: true });
      await this.#move(localPath, target);
      await flush(dirname(target));
    } catch (error) {
      throw this.#explain(error, key);
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const source = await this.localPath(checkKey(from));
    const near = join(await this.scratch(), 'copy');
    await copyFile(source, near);
    await this.putFile(to, near);
    await rm(dirname(near), { recursive: true, force: true });
  }

  async localPath(key: string): Promise<string> {
    const path = this.#path(checkKey(key));
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    throw new LakeError('an object that the lake refers to is missing', {
      where: `${key} in ${this.location}`,
      next: 'run `tidemark doctor`: it names what is missing and what brings it back',
    });
  }

  list(prefix: string): AsyncIterable<{ key: string; bytes: number; modifiedAt: Date }> {
    return listFolder(this.location, prefix);
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const path = this.#path(checkKey(key));
      await this.#versions.forget(key);
      await rm(path, { force: true });
      await this.#removeEmptyFolders(dirname(path));
    }
  }

  /** A removed object took the chain of its versions with it; those of swapped objects are their own lock. */
  forgetHistory(): Promise<number> {
    return Promise.resolve(0);
  }

  async scratch(): Promise<string> {
    const parent = join(this.location, scratchFolder);
    try {
      await mkdir(parent, { recursive: true });
      const folder = await mkdtemp(join(parent, 'run-'));
      await removeAbandoned(parent, folder);
      return folder;
    } catch (error) {
      throw this.#explain(error, scratchFolder);
    }
  }

  #path(key: string): string {
    return join(this.location, ...key.split('/'));
  }

  /** Hands a flushed file with the bytes to `use`, and tidies it away. */
  async #withIncoming<T>(key: string, body: Uint8Array, use: (finished: string) => Promise<T>): Promise<T> {
    let finished: string | undefined;
    try {
      finished = await this.#writeIncoming(body);
      return await use(finished);
    } catch (error) {
      throw this.#explain(error, key);
    } finally {
      if (finished) await rm(dirname(finished), { recursive: true, force: true });
    }
  }

  async #writeIncoming(body: Uint8Array): Promise<string> {
    const parent = join(this.location, scratchFolder);
    await mkdir(parent, { recursive: true });
    const path = join(await mkdtemp(join(parent, 'object-')), 'body');
    const file = await open(path, 'wx');
    try {
      await file.writeFile(body);
      await file.sync();
    } finally {
      await file.close();
    }
    return path;
  }

  /** The object under its own key is a copy for people and other tools; the chain decides what is current. */
  async #publishNewest(key: string, target: string): Promise<void> {
    let published: VersionTag | undefined;
    for (let newest = await this.#versions.newest(key); newest && newest.tag !== published; ) {
      await mkdir(dirname(target), { recursive: true });
      await this.#withIncoming(key, newest.body, (finished) => rename(finished, target));
      published = newest.tag;
      newest = await this.#versions.newest(key);
    }
    await flush(dirname(target));
  }

  async #move(localPath: string, target: string): Promise<void> {
    try {
      return await rename(localPath, target);
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
    }
    const near = join(await this.scratch(), basename(target));
    await copyFile(localPath, near, constants.COPYFILE_EXCL);
    await flush(near);
    await rename(near, target);
    await rm(dirname(near), { recursive: true });
    await unlink(localPath);
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at.length > this.location.length; at = dirname(at)) {
      const left = await readdir(at).catch(() => ['unreadable']);
      if (left.length > 0) return;
      // Somebody may have written into it meanwhile, or removed it too; both are fine.
      await rm(at, { recursive: false, force: true }).catch(() => undefined);
    }
  }

  #explain(error: unknown, key: string): LakeError {
    return new LakeError(`the lake refuses a write: ${error instanceof Error ? error.message : String(error)}`, {
      where: `${key} in ${this.location}`,
      next: 'check that the folder can be written to and that the disk has room',
      cause: error,
    });
  }
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) return undefined;
    throw new LakeError('an object of the lake cannot be read', { where: path, cause: error });
  }
}

async function removeAbandoned(parent: string, newest: string): Promise<void> {
  // Both times come from the volume itself, so a wrong clock of this machine removes nothing.
  const now = (await stat(newest)).mtimeMs;
  for (const name of await readdir(parent)) {
    const folder = join(parent, name);
    const touched = (await stat(folder).catch(() => undefined))?.mtimeMs ?? now;
    if (now - touched > abandonedAfterMs) await rm(folder, { recursive: true, force: true });
  }
}
