import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { VersionTag } from './lake.ts';
import { linkInto } from './link-file.ts';

const chainFolder = '.versions';
/** Old versions stay this long, so that a writer who read one of them finds the next number taken. */
const keptVersions = 64;

/**
 * Compare-and-swap for a folder. Each value of a swapped object is a numbered file, `.versions/<key>/<n>`, and `link()`
 * lets exactly one of several writers take the number after the one that all of them have read (as table formats do with
 * their logs). There is no lock, so a killed or sleeping writer blocks nobody.
 */
export class VersionChain {
  readonly #root: string;

  constructor(lakeFolder: string) {
    this.#root = join(lakeFolder, chainFolder);
  }

  async newest(key: string): Promise<{ body: Uint8Array; tag: VersionTag } | undefined> {
    for (;;) {
      const number = (await this.#numbers(key)).at(-1);
      if (number === undefined) return undefined;
      // A version vanishes only when many newer ones have come meanwhile: look again.
      const body = await readFile(this.#file(key, number)).catch(() => undefined);
      if (body) return { body, tag: String(number) };
    }
  }

  /** Takes the number after `expected` for a finished file; false where somebody else has moved on. */
  async append(key: string, finished: string, expected: VersionTag | undefined): Promise<boolean> {
    const before = await this.#numbers(key);
    const newest = before.at(-1);
    if (expected !== (newest === undefined ? undefined : String(newest))) return false;

    const mine = (newest ?? 0) + 1;
    if (!(await linkInto(finished, this.#file(key, mine)))) return false;
    const after = await this.#numbers(key);
    if (!isLinked(after, mine)) {
      await rm(this.#file(key, mine), { force: true });
      return false;
    }
    for (const old of after.slice(0, -keptVersions)) await rm(this.#file(key, old), { force: true });
    return true;
  }

  async forget(key: string): Promise<void> {
    await rm(join(this.#root, ...key.split('/')), { recursive: true, force: true });
  }

  #file(key: string, number: number): string {
    return join(this.#root, ...key.split('/'), String(number));
  }

  async #numbers(key: string): Promise<number[]> {
    const names = await readdir(join(this.#root, ...key.split('/'))).catch(() => []);
    return names
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }
}

/** False where a writer slept so long that the number it took had been used and tidied away before. */
function isLinked(numbers: readonly number[], mine: number): boolean {
  return numbers.includes(mine) && (numbers.at(-1) === mine || numbers.includes(mine + 1));
}
