import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { IngestError } from '../domain/errors.ts';

/** A secret that turns identifiers into pseudonyms; its version is part of every pseudonym that it makes. */
export interface PseudonymKey {
  readonly version: number;
  readonly secret: Uint8Array;
  /** Keys before this one, newest first. Nothing new is named by them; what they named stays joined. */
  readonly older?: readonly PseudonymKey[];
}

const secretBytes = 32;
const written = /^v([1-9]\d*):([0-9a-f]{64})$/;

/**
 * Reads keys in the form `v<version>:<64 hex digits>`, newest first, with commas or line ends between them. Errors never
 * repeat what was found.
 */
export function parsePseudonymKey(text: string, where: string): PseudonymKey {
  const keys = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => parseKey(part, where));
  const [newest, ...older] = keys;
  if (newest === undefined) throw malformed(where);
  const isDescending = older.every(({ version }, at) => version < (keys[at]?.version ?? 0));
  if (isDescending) return older.length === 0 ? newest : { ...newest, older };
  throw new IngestError('the versions of the pseudonym keys do not descend', {
    where,
    next: 'write each version once and the newest first: v2:…,v1:…',
    exitCode: 2,
  });
}

function parseKey(text: string, where: string): PseudonymKey {
  const match = written.exec(text);
  if (!match) throw malformed(where);
  return { version: Number(match[1]), secret: Buffer.from(match[2] ?? '', 'hex') };
}

function malformed(where: string): IngestError {
  return new IngestError('the pseudonym key is not of the form v<version>:<64 hex digits>', {
    where,
    next: 'set TIDEMARK_PSEUDONYM_KEY to the key that earlier pseudonyms were made with',
    exitCode: 2,
  });
}

/** Every key that is known, newest first. */
export function allKeys(key: PseudonymKey): readonly PseudonymKey[] {
  return [key, ...(key.older ?? [])];
}

/**
 * The key of a laptop: read from `file`, or made once with mode 0600. Several processes at once end up with one key.
 * `created` tells the caller to say that losing the file splits every customer's history in two.
 */
export function laptopPseudonymKey(file: string): { readonly key: PseudonymKey; readonly created: boolean } {
  const created = !existsSync(file) && createKeyFile(file);
  return { key: parsePseudonymKey(readFileSync(file, 'utf8'), file), created };
}

/**
 * Puts a new key in front of those of a laptop's file and answers its version. Several processes at once make one key: the
 * next version is claimed by a link, and whoever finds a claim, also one of a killed process, brings it to its end.
 */
export function rotateLaptopKey(file: string): number {
  if (!existsSync(file)) {
    throw new IngestError('there is no key to rotate', {
      where: file,
      next: 'the first ingest makes one',
      exitCode: 2,
    });
  }
  const before = readFileSync(file, 'utf8');
  const version = parsePseudonymKey(before, file).version + 1;
  const claim = `${file}.v${version}`;
  const draft = writeDraft(file, `${newKey(version)}\n${before.trimEnd()}\n`);
  try {
    linkUnlessTaken(draft, claim);
    // Whoever came later than the rename of another has claimed a version that is there already.
    if (parsePseudonymKey(readFileSync(file, 'utf8'), file).version >= version) rmSync(claim, { force: true });
    else renameIfThere(claim, file);
    return version;
  } finally {
    rmSync(draft);
  }
}

function createKeyFile(file: string): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = writeDraft(file, `${newKey(1)}\n`);
  try {
    return linkUnlessTaken(draft, file);
  } finally {
    rmSync(draft);
  }
}

function newKey(version: number): string {
  return `v${version}:${randomBytes(secretBytes).toString('hex')}`;
}

function writeDraft(file: string, text: string): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  return draft;
}

/** A link fails where the name is taken: of several processes that start together, one gets it. */
function linkUnlessTaken(draft: string, name: string): boolean {
  try {
    linkSync(draft, name);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
