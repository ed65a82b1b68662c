import { rm } from 'node:fs/promises';
import { type DuckDBValue, quotedString } from '@duckdb/node-api';
import { type Dataset, dateColumnOf } from '../../domain/dataset.ts';
import type { WrittenPart } from '../ingest.ts';
import type { EngineSession } from './engine.ts';

/** Writes a select as one Parquet part; undefined (and no file) where it has no rows. */
export async function writePart(
  session: EngineSession,
  rows: string,
  path: string,
  dataset: Dataset,
): Promise<WrittenPart | undefined> {
  // Level 1 takes a tenth less time than the usual 3 and 1 % more room; nobody looks for single values, as Bloom filters help to.
  const options = 'format parquet, compression zstd, compression_level 1, write_bloom_filter false, return_stats true';
  const [result] = await session.rows(`copy (${rows}) to ${quotedString(path)} (${options})`);
  const count = Number(result?.[1] ?? 0);
  if (count === 0) {
    await rm(path, { force: true });
    return undefined;
  }
  const dates = columnStatistics(result?.[4], dateColumnOf(dataset));
  const undated = dates === undefined ? count : Number(dates.get('null_count') ?? 0);
  return {
    dataset: dataset.dataset,
    path,
    rows: count,
    bytes: Number(result?.[2] ?? 0),
    minDate: undated === count ? null : (dates?.get('min') ?? null),
    maxDate: undated === count ? null : (dates?.get('max') ?? null),
    undated,
  };
}

interface MapEntries {
  readonly entries: readonly { readonly key: DuckDBValue; readonly value: DuckDBValue }[];
}

/** `return_stats` answers a map of maps: quoted column name → statistic → text. */
function columnStatistics(
  statistics: DuckDBValue | undefined,
  column: string | undefined,
): Map<string, string> | undefined {
  if (column === undefined || statistics === undefined || statistics === null) return undefined;
  const columns = (statistics as unknown as MapEntries).entries;
  const found = columns.find(({ key }) => String(key).replaceAll('"', '') === column);
  if (found === undefined) return undefined;
  return new Map((found.value as unknown as MapEntries).entries.map(({ key, value }) => [String(key), String(value)]));
}
