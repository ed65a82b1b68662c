import { LakeError, UsageError } from '../domain/errors.ts';
import { releaseKey } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import { currentRelease, moveTo } from './releases.ts';
import { type ShowTools, showCurrent } from './show-release.ts';

export interface ReleaseListing {
  readonly release: string;
  readonly is_current: boolean;
  /** ISO instant (UTC) at which it stopped being current; null for the current one. */
  readonly until: string | null;
  /** False where `gc` has removed it. */
  readonly is_readable: boolean;
}

/** Releases that are or were current, the current one first; one that was current several times stands several times. */
export async function listReleases(lake: Lake): Promise<ReleaseListing[]> {
  const { pointer } = await currentRelease(lake);
  if (!pointer) return [];
  const current = { release: pointer.release, is_current: true, until: null, is_readable: true };
  const before = pointer.before.map(async ({ release, until }) => {
    const body = await lake.read(releaseKey(release));
    return { release, is_current: false, until, is_readable: body !== undefined };
  });
  return [current, ...(await Promise.all(before))];
}

/**
 * Makes an earlier release current again. The receipts stay: the next build brings the marts up to them again, so mend or
 * replay what made the release bad first.
 * @param release id, or the beginning of one; default: the one before the current.
 */
export async function rollBackRelease(
  { now, ...tools }: ShowTools & { readonly now: () => Date },
  release?: string,
): Promise<ReleaseListing> {
  const { lake } = tools;
  const listed = (await listReleases(lake)).filter((each) => !each.is_current && each.is_readable);
  const target = listed.find((each) => release === undefined || each.release.startsWith(release));
  if (!target) {
    throw new UsageError(release === undefined ? 'there is no earlier release' : `no earlier release "${release}"`, {
      where: lake.location,
      next: 'tidemark release list',
    });
  }
  const outcome = await moveTo(lake, target.release, await currentRelease(lake), now());
  if (outcome === 'swapped') {
    await showCurrent(tools);
    return { ...target, is_current: true, until: null };
  }
  throw new LakeError('another build made a release current meanwhile', {
    where: lake.location,
    next: 'look at `tidemark release list` and try again',
    retryable: true,
  });
}
