import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IngestError } from '../../domain/errors.ts';

/** Lies beside generated example exports and says what was planted in them: an answer sheet, no export. */
const plantedFile = 'planted.json';

/**
 * Files under the paths; folders are walked in name order, hidden names left out.
 * @throws IngestError for a path that leads to no file at all.
 */
export async function findExports(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) await collect(path, found);
  if (found.length > 0) return found;
  throw new IngestError('there are no files to read', {
    where: paths.join(', '),
    next: 'name a folder that holds exports, or an export file',
    exitCode: 2,
  });
}

async function collect(path: string, found: string[]): Promise<void> {
  const kind = await stat(path).catch((cause: unknown) => {
    throw unreadable('there is no such file or folder', path, cause);
  });
  if (kind.isFile()) found.push(path);
  else if (kind.isDirectory()) for (const name of await namesIn(path)) await collectWithin(join(path, name), found);
  else throw unreadable('this is neither a file nor a folder', path);
}

/** What in a folder leads nowhere, a link or a pipe say, is no export. */
async function collectWithin(path: string, found: string[]): Promise<void> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isFile() || kind?.isDirectory()) await collect(path, found);
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable('the folder cannot be read', folder, cause);
  });
  return names.filter((name) => !name.startsWith('.') && name !== plantedFile).sort();
}

function unreadable(message: string, path: string, cause?: unknown): IngestError {
  return new IngestError(message, { where: path, next: 'check the path', exitCode: 2, cause });
}
