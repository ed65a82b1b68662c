import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LakeError } from '../domain/errors.ts';

/**
 * Returns the key if it can name an object in every store.
 * @throws LakeError for empty or dotted path steps, hidden top folders and control characters.
 */
export function checkKey(key: string): string {
  const steps = key.split('/');
  const isBad = steps.some((step) => step === '' || step === '.' || step === '..') || key.startsWith('.');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that no key may hold.
  if (isBad || /[\u0000-\u001f\\]/.test(key))
    throw new LakeError('not a key for the lake', { where: JSON.stringify(key) });
  return key;
}

/** All objects of a folder whose key starts with a prefix, in the order of the keys' UTF-8 bytes, as S3 lists them. */
export async function* listFolder(
  root: string,
  prefix: string,
): AsyncGenerator<{ key: string; bytes: number; modifiedAt: Date }> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for await (const key of keysBelow(root, start)) {
    if (!key.startsWith(prefix)) continue;
    const found = await stat(join(root, key)).catch(() => undefined);
    if (found) yield { key, bytes: found.size, modifiedAt: found.mtime };
  }
}

async function* keysBelow(root: string, folder: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  // A folder sorts as if its name ended in "/", or "a.b" and "a/b" would come in the wrong order.
  const names = entries.filter((entry) => folder !== '' || !entry.name.startsWith('.')).map(nameInKeys);
  for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (name.endsWith('/')) yield* keysBelow(root, folder + name);
    else yield folder + name;
  }
}

function nameInKeys(entry: Dirent): string {
  return entry.isDirectory() ? `${entry.name}/` : entry.name;
}
