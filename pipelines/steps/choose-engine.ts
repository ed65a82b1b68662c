import type { Release } from '../domain/release.ts';
import type { Lake } from '../lake/lake.ts';
import type { EngineName } from '../warehouse/warehouse.ts';

export interface EngineWish {
  readonly engine: EngineName | 'auto';
  /** Staged bytes from which on `auto` builds on Athena. */
  readonly athenaFromBytes: number;
}

/** Who builds: under `auto` Athena, as soon as more is staged than one machine should hold. */
export async function buildEngine(lake: Lake, { engine, athenaFromBytes }: EngineWish): Promise<EngineName> {
  if (engine !== 'auto') return engine;
  let staged = 0;
  for await (const { bytes } of lake.list('staged/')) {
    staged += bytes;
    if (staged >= athenaFromBytes) return 'athena';
  }
  return 'duckdb';
}

/** Who reads a release: under `auto` whoever built it, for whom it was not too large. */
export function readEngine(release: Release, { engine }: EngineWish): EngineName {
  return engine === 'auto' ? (release.state?.engine ?? 'duckdb') : engine;
}
