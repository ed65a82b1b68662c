import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { laptopPseudonymKey, type PseudonymKey, parsePseudonymKey } from './ingest/pseudonym-key.ts';

/** Where a laptop keeps the key behind its pseudonyms: outside every lake, so that a copied lake names nobody. */
export function pseudonymKeyFile(): string {
  const configuration = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return join(configuration, 'tidemark', 'pseudonym.key');
}

/** The key that a variable holds, or the laptop's own; `onKey` hears of one that was made just now. */
export function pseudonymKey(onKey?: (file: string) => void): PseudonymKey {
  const given = process.env['TIDEMARK_PSEUDONYM_KEY'];
  if (given !== undefined && given !== '') return parsePseudonymKey(given, 'TIDEMARK_PSEUDONYM_KEY');
  const file = pseudonymKeyFile();
  const { key, created } = laptopPseudonymKey(file);
  if (created) onKey?.(file);
  return key;
}

/** Whether there is a key, and whether others may read it. */
export function pseudonymKeyState() {
  const where = pseudonymKeyFile();
  if (process.env['TIDEMARK_PSEUDONYM_KEY']) return { where: 'TIDEMARK_PSEUDONYM_KEY', exists: true, isPrivate: true };
  const exists = existsSync(where);
  return { where, exists, isPrivate: exists && (statSync(where).mode & 0o077) === 0 };
}
