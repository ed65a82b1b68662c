import { isReceiptKey } from '../domain/ledger.ts';
import type { Receipt } from '../domain/receipt.ts';
import { pointerKey, type Release, type ReleasePointer, releaseKey } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import { readLatestRun } from './alert-store.ts';
import { readCompactions } from './compact-staged.ts';
import { readJson } from './lake-json.ts';
import { currentRelease } from './releases.ts';

export interface GarbageOptions {
  /** A release stays readable for so long after another one took its place. */
  readonly keepReleasesHours?: number;
  /** What nobody names is left alone for so long: a run that is under way may still come to name it. */
  readonly graceHours?: number;
  /** Only say what would go. */
  readonly dryRun?: boolean;
}

export interface GarbageReport {
  readonly removed: number;
  readonly bytes: number;
  readonly releases_kept: number;
  readonly releases_removed: readonly string[];
}

/** Places whose objects somebody has to name. Raw files are not among them: they stay until erasure or retention. */
const namedPlaces = ['alerts/states/', 'build/', 'marts/', 'quarantine/', 'releases/', 'settled/', 'staged/'] as const;
const hour = 3_600_000;

/**
 * Removes what no kept release and no receipt needs: parts of old releases, and what killed runs left behind. Of the states
 * of all series, each evaluation writes its own; only the newest are ever read again.
 * @throws LakeError where a release or receipt that has to be kept cannot be read; nothing is removed then.
 */
export async function collectGarbage(
  { lake, now }: { readonly lake: Lake; readonly now: () => Date },
  { keepReleasesHours = 24, graceHours = 24, dryRun = false }: GarbageOptions = {},
): Promise<GarbageReport> {
  const time = now().getTime();
  const { pointer } = await currentRelease(lake);
  const releases = await releasesInLake(lake);
  const isYoung = (modifiedAt: Date) => time - modifiedAt.getTime() < graceHours * hour;
  const kept = keptReleases(pointer, new Date(time - keepReleasesHours * hour));
  for (const { id, modifiedAt } of releases) if (isYoung(modifiedAt)) kept.add(id);

  const needed = await neededKeys(lake, kept);
  const garbage: { key: string; bytes: number }[] = [];
  for (const place of namedPlaces) {
    for await (const { key, bytes, modifiedAt } of lake.list(place)) {
      if (!needed.has(key) && !isYoung(modifiedAt)) garbage.push({ key, bytes });
    }
  }
  // Releases go first: a release whose parts are gone must not be found.
  const keys = garbage.map(({ key }) => key).sort((a, b) => Number(isRelease(b)) - Number(isRelease(a)));
  if (!dryRun) await lake.remove(keys);
  return {
    removed: keys.length,
    bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0),
    releases_kept: releases.filter(({ id }) => kept.has(id)).length,
    releases_removed: releases.map(({ id }) => id).filter((id) => keys.includes(releaseKey(id))),
  };
}

/** The current release, and those that were current after `since`. */
function keptReleases(pointer: ReleasePointer | undefined, since: Date): Set<string> {
  if (!pointer) return new Set();
  const recent = pointer.before.filter(({ until }) => new Date(until) > since).map(({ release }) => release);
  return new Set([pointer.release, ...recent]);
}

async function releasesInLake(lake: Lake): Promise<{ id: string; modifiedAt: Date }[]> {
  const found = [];
  for await (const { key, modifiedAt } of lake.list('releases/')) {
    if (isRelease(key)) found.push({ id: key.slice('releases/'.length, -'.json'.length), modifiedAt });
  }
  return found;
}

function isRelease(key: string): boolean {
  return /^releases\/[0-9a-f]+\.json$/.test(key);
}

async function neededKeys(lake: Lake, releases: ReadonlySet<string>): Promise<Set<string>> {
  const needed = new Set<string>([pointerKey]);
  for (const id of releases) for (const key of await namedByRelease(lake, id)) needed.add(key);
  for (const key of await namedByLatestRun(lake)) needed.add(key);
  for (const { part } of await readCompactions(lake)) needed.add(part.key);
  for await (const { key } of lake.list('receipts/')) {
    if (isReceiptKey(key)) for (const named of namedByReceipt(await readJson<Receipt>(lake, key))) needed.add(named);
  }
  return needed;
}

async function namedByLatestRun(lake: Lake): Promise<string[]> {
  const run = await readLatestRun(lake);
  const upkeep = run?.upkeep ?? null;
  return [...(run?.shards ?? []).map(({ states }) => states), ...(upkeep === null ? [] : [upkeep])];
}

async function namedByRelease(lake: Lake, id: string): Promise<string[]> {
  const key = releaseKey(id);
  // A release that the pointer remembers may have been collected before.
  if ((await lake.read(key)) === undefined) return [];
  const { parts, state } = await readJson<Release>(lake, key);
  const files = Object.values({ ...parts, ...state?.hidden }).flatMap((list) => list.flatMap((part) => part.keys));
  return [key, ...(state ? [state.ledger] : []), ...files];
}

function namedByReceipt(receipt: Receipt): string[] {
  const staged = receipt.staged.map((part) => part.key);
  return receipt.quarantine_key === null ? staged : [receipt.quarantine_key, ...staged];
}
