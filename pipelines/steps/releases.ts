import { createHash } from 'node:crypto';
import { LakeError } from '../domain/errors.ts';
import { pointerKey, type Release, type ReleasePointer, releaseContent, releaseKey } from '../domain/release.ts';
import type { Lake, VersionTag } from '../lake/lake.ts';
import { readJson } from './lake-json.ts';

/** The current release, and the tag from which the pointer may be moved on. */
export interface CurrentRelease {
  readonly pointer: ReleasePointer | undefined;
  readonly tag: VersionTag | undefined;
  readonly release: Release | undefined;
}

/** How many earlier releases the pointer remembers. */
const rememberedReleases = 200;

/** @throws LakeError where the pointer leads nowhere. */
export async function currentRelease(lake: Lake): Promise<CurrentRelease> {
  const found = await lake.readVersion(pointerKey);
  if (!found) return { pointer: undefined, tag: undefined, release: undefined };
  const pointer = parsePointer(found.body, lake);
  return { pointer, tag: found.tag, release: await readJson<Release>(lake, releaseKey(pointer.release)) };
}

/** The place of a current release that cannot be read: a build may put another one there, which begins anew. */
export async function brokenRelease(lake: Lake): Promise<CurrentRelease> {
  const found = await lake.readVersion(pointerKey);
  return { pointer: undefined, tag: found?.tag, release: undefined };
}

function parsePointer(body: Uint8Array, lake: Lake): ReleasePointer {
  try {
    const pointer = JSON.parse(Buffer.from(body).toString('utf8')) as ReleasePointer | null;
    if (typeof pointer?.release === 'string') return pointer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new LakeError('the pointer to the current release cannot be read', {
    where: `${pointerKey} in ${lake.location}`,
    next: 'tidemark build --full',
  });
}

export function withId(content: Omit<Release, 'id'>): Release {
  const id = createHash('sha256').update(releaseContent(content)).digest('hex').slice(0, 32);
  return { ...content, id };
}

/** Writes a release and makes it current; "lost" where another one became current since `current` was read. */
export async function publishRelease(
  lake: Lake,
  release: Release,
  current: CurrentRelease,
  now: Date,
): Promise<'swapped' | 'lost'> {
  // The same rows again: an object of this name holds an equal release, by whomever it was built.
  const key = releaseKey(release.id);
  const body = Buffer.from(JSON.stringify(release));
  if ((await lake.create(key, body)) === 'exists' && !(await isReadable(lake, key))) {
    await lake.remove([key]);
    await lake.create(key, body);
  }
  return await moveTo(lake, release.id, current, now);
}

async function isReadable(lake: Lake, key: string): Promise<boolean> {
  return await readJson(lake, key).then(
    () => true,
    () => false,
  );
}

/** Makes a release that exists current. */
export async function moveTo(
  lake: Lake,
  release: string,
  { pointer, tag }: CurrentRelease,
  now: Date,
): Promise<'swapped' | 'lost'> {
  const left = pointer && pointer.release !== release ? [{ release: pointer.release, until: now.toISOString() }] : [];
  const before = [...left, ...(pointer?.before ?? [])].slice(0, rememberedReleases);
  const next: ReleasePointer = { version: 1, release, before };
  return await lake.swap(pointerKey, Buffer.from(JSON.stringify(next)), tag);
}
