import type { Settings } from './compose.ts';
import { isBucket } from './compose-lake.ts';
import { UsageError } from './domain/errors.ts';
import type { Lake } from './lake/lake.ts';
import type { AthenaSettings } from './warehouse/athena-statements.ts';
import type { AthenaWarehouse } from './warehouse/athena-warehouse.ts';
import type { ModelBuilder } from './warehouse/build-session.ts';
import type { LakeObjects } from './warehouse/warehouse.ts';

/**
 * Staged Parquet that one function of ten gigabytes of disk and three of memory still builds from in its fifteen minutes,
 * with room to spare.
 */
export const defaultAthenaFromBytes = 2_000_000_000;

/** Athena reads buckets, and has to be told where. */
export function canUseAthena(settings: Settings): boolean {
  return settings.athena !== undefined && isBucket(settings.lake);
}

/** @throws UsageError naming what is missing. */
export function requireAthena(settings: Settings): AthenaSettings {
  if (!isBucket(settings.lake)) {
    throw new UsageError('Athena reads lakes in S3, and this one is a folder', {
      where: settings.lake,
      next: 'give --lake s3://bucket, or use --engine duckdb',
    });
  }
  if (!settings.athena) {
    throw new UsageError('Athena’s workgroup and database are not set', {
      where: '--engine athena',
      next: 'set TIDEMARK_ATHENA_WORKGROUP and TIDEMARK_ATHENA_DATABASE: the storage stack made both',
    });
  }
  return settings.athena;
}

/** Loads the clients only where they are used: they take long, and most commands need none. */
export async function openAthena(
  settings: Settings,
  lake: Lake,
  parser: Pick<ModelBuilder, 'relationsIn'>,
): Promise<AthenaWarehouse> {
  const athena = requireAthena(settings);
  const { createAthenaWarehouse } = await import('./warehouse/athena-warehouse.ts');
  return createAthenaWarehouse({ settings: athena, objects: lakeObjects(settings.lake, lake), parser });
}

/** The objects of a lake in S3, by the addresses at which Athena finds them. */
export function lakeObjects(location: string, lake: Lake): LakeObjects {
  return {
    address: (key) => `${location.replace(/\/+$/, '')}/${key}`,
    list: (prefix) => lake.list(prefix),
    putFile: (key, file) => lake.putFile(key, file),
  };
}
