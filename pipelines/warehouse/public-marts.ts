import type { Release } from '../domain/release.ts';

/** Where people and tools find the marts that query an engine without this program. */
export interface PublicMarts {
  /** Makes the parts of a release readable; nobody sees them yet. */
  prepare(release: Release): Promise<void>;
  /** Makes every mart the one of this release, all at once. Again is harmless. */
  show(release: Release): Promise<void>;
}
