import { link, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Gives a finished file a second name; false where the name is taken. Of several racers exactly one gets it.
 * The folder may be tidied away by somebody else at any moment; then it is made again.
 */
export async function linkInto(finished: string, target: string): Promise<boolean> {
  for (;;) {
    await mkdir(dirname(target), { recursive: true });
    try {
      await link(finished, target);
      await flush(dirname(target));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Brings a file's bytes, or a folder's names, onto the disk. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}
