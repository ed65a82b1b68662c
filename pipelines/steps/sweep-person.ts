import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { suppressionsKey, tombstonesPrefix } from '../domain/erasure.ts';
import type { Receipt } from '../domain/receipt.ts';
import { type Release, releaseKey } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import { readCompactions } from './compact-staged.ts';
import type { FileTools } from './erase-file.ts';
import { readJson } from './lake-json.ts';
import { currentRelease } from './releases.ts';

/** Whom a search looks for. The plain value is kept in memory only. */
export interface Wanted {
  readonly pseudonyms: readonly string[];
  readonly plain: string;
}

export interface Sweep {
  readonly removed: readonly string[];
  readonly releases: readonly string[];
  readonly versions: number;
  /** Objects in use that still name the person. */
  readonly inUse: readonly string[];
}

/** Places whose objects are replaced, never changed: what nobody names any more may go. */
const replacedPlaces = ['staged/', 'settled/', 'build/', 'quarantine/', 'marts/'] as const;
/** Places of which a store may keep versions that name somebody. */
const versionedPlaces = ['landing/', 'raw/', ...replacedPlaces, 'releases/', 'compactions/'] as const;
/** Written once or never changed, and perhaps too large for memory. */
const asFile = /^(?:landing|raw|staged|settled|build|quarantine|marts|report)\//;

/**
 * Removes what still names the person and is in use no more: parts of earlier releases with these releases themselves,
 * staged rows and raw files that were replaced, dropped files that were taken in; and every version of them.
 * @param receipts of every file the one that counts.
 */
export async function sweepPerson(receipts: readonly Receipt[], wanted: Wanted, tools: FileTools): Promise<Sweep> {
  const { lake } = tools;
  const used = await usedKeys(lake, receipts);
  const found: string[] = [];
  for (const place of replacedPlaces) {
    for await (const { key } of lake.list(place)) if (await isNamedIn(key, wanted, tools)) found.push(key);
  }
  const stray = [...found.filter((key) => !used.has(key)), ...(await strayFiles(receipts, wanted, tools))];
  const releases = await releasesWith(lake, new Set(stray));
  // A release whose parts are gone must not be found: releases go first.
  await lake.remove(releases.map(releaseKey));
  await lake.remove(stray);
  let versions = 0;
  for (const place of versionedPlaces) versions += await lake.forgetHistory(place);
  return { removed: stray, releases, versions, inUse: found.filter((key) => used.has(key)) };
}

/** Every object of the lake that still names the person. The list of those who were erased holds only pseudonyms, and must. */
export async function searchPerson(wanted: Wanted, tools: FileTools): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of tools.lake.list('')) {
    if (key !== suppressionsKey && (await isNamedIn(key, wanted, tools))) found.push(key);
  }
  return found;
}

async function isNamedIn(key: string, wanted: Wanted, { lake, persons }: FileTools): Promise<boolean> {
  const content = asFile.test(key) ? await lake.localPath(key) : await lake.read(key);
  return content !== undefined && (await persons.search(content, wanted));
}

async function usedKeys(lake: Lake, receipts: readonly Receipt[]): Promise<Set<string>> {
  const used = new Set(receipts.flatMap(({ staged }) => staged.map(({ key }) => key)));
  for (const { quarantine_key: key } of receipts) if (key !== null) used.add(key);
  for (const { part } of await readCompactions(lake)) used.add(part.key);
  const { release } = await currentRelease(lake);
  for (const key of release ? partsOf(release) : []) used.add(key);
  return used;
}

function partsOf({ parts, state }: Release): string[] {
  return Object.values({ ...parts, ...state?.hidden }).flatMap((list) => list.flatMap(({ keys }) => keys));
}

async function releasesWith(lake: Lake, removed: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of lake.list('releases/')) {
    if (!/^releases\/[0-9a-f]+\.json$/.test(key)) continue;
    const release = await readJson<Release>(lake, key);
    if (partsOf(release).some((part) => removed.has(part))) found.push(release.id);
  }
  return found;
}

/** Raw and dropped files that a copy has replaced, and those of killed runs that name the person. */
async function strayFiles(receipts: readonly Receipt[], wanted: Wanted, tools: FileTools): Promise<string[]> {
  const current = new Set(receipts.map(({ raw_key }) => raw_key));
  const replaced = await replacedFiles(tools.lake);
  const known = new Set(receipts.map((receipt) => receipt.export));
  const stray: string[] = [];
  for await (const { key } of tools.lake.list('raw/')) {
    if (current.has(key)) continue;
    if (replaced.has(basename(key).slice(0, 64)) || (await isPersonsFile(key, wanted, tools))) stray.push(key);
  }
  for await (const { key } of tools.lake.list('landing/')) {
    const sha = await hashOf(key, tools);
    // A file that waits to be taken in is looked through then.
    if (known.has(sha) && (replaced.has(sha) || (await isPersonsFile(key, wanted, tools)))) stray.push(key);
  }
  return stray;
}

/** sha256 of every file that some erasure has replaced, by the tombstones: what was delivered, and copies in between. */
async function replacedFiles(lake: Lake): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const { key } of lake.list(tombstonesPrefix)) {
    for (const sha of key.slice(tombstonesPrefix.length, -'.json'.length).split('/')) found.add(sha);
  }
  return found;
}

async function isPersonsFile(key: string, wanted: Wanted, tools: FileTools): Promise<boolean> {
  if (await isNamedIn(key, wanted, tools)) return true;
  const folder = await mkdtemp(join(tools.scratch, 'stray-'));
  try {
    const file = await tools.ingest.land(await tools.lake.localPath(key), folder);
    const request = { file, contract: undefined, persons: new Set(wanted.pseudonyms) };
    return (await tools.persons.redactFile(request)) !== undefined;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function hashOf(key: string, { lake, ingest, scratch }: FileTools): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'landing-'));
  try {
    return (await ingest.land(await lake.localPath(key), folder)).sha;
  } finally {
    await rm(folder, { recursive: true });
  }
}
