import type { Lake } from '../lake/lake.ts';
import type { PublicMarts } from '../warehouse/public-marts.ts';
import { currentRelease } from './releases.ts';

export interface ShowTools {
  readonly lake: Lake;
  /** Where others find the marts, if there is such a place. */
  readonly publicMarts?: PublicMarts;
}

/**
 * Makes the public marts those of the current release. Whoever shows a release looks again afterwards: where another one
 * became current meanwhile, that one is shown last, whichever of its builders was slower.
 */
export async function showCurrent({ lake, publicMarts }: ShowTools): Promise<void> {
  if (!publicMarts) return;
  let { release } = await currentRelease(lake);
  for (let shown: string | undefined; release && release.id !== shown; ) {
    await publicMarts.show(release);
    shown = release.id;
    release = (await currentRelease(lake)).release;
  }
}
