import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IngestError } from '../../domain/errors.ts';

/** Lies beside generated example exports and says what was planted in them: an answer sheet, no export. */
const plantedFile = 'planted.json';

/** Files under the paths; folders are walked in name order, hidden names left out. */
export async function findExports(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) await collect(path, found);
  return found;
}

async function collect(path: string, found: string[]): Promise<void> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw new IngestError('there is no such file or folder', {
      where: path,
      next: 'check the path',
      exitCode: 2,
      cause,
    });
  });
  if (!kind.isDirectory()) {
    found.push(path);
    return;
  }
  const names = (await readdir(path)).filter((name) => !name.startsWith('.') && name !== plantedFile).sort();
  for (const name of names) await collect(join(path, name), found);
}
