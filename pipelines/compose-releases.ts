import type { Tidemark } from './compose.ts';
import { type CompactReport, compactStaged } from './steps/compact-staged.ts';
import { listReleases, type ReleaseListing, rollBackRelease } from './steps/roll-back-release.ts';
import { createDuckDbWarehouse } from './warehouse/duckdb-warehouse.ts';

/** What operators do with the releases of a lake, and with the small files behind them. */
export interface Releases {
  /** The current release first. */
  list(): Promise<readonly ReleaseListing[]>;
  /** Makes an earlier release current again: the one before, or that of an id or its beginning. */
  rollBack(release?: string): Promise<ReleaseListing>;
  compact(): Promise<CompactReport>;
}

export function composeReleases(tidemark: Tidemark): Releases {
  const { lake, definitions, settings } = tidemark;
  return {
    list: () => listReleases(lake),
    rollBack: async (release) => {
      const publicMarts = await tidemark.publicMarts();
      return rollBackRelease({ lake, now: settings.now, ...(publicMarts && { publicMarts }) }, release);
    },
    compact: () => compactStaged({ lake, definitions, builder: createDuckDbWarehouse(lake) }),
  };
}
