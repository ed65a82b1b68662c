import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statfsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LakeError, UsageError } from './domain/errors.ts';
import { createFolderLake } from './lake/folder-lake.ts';
import type { Lake } from './lake/lake.ts';
import { openLater } from './lake/lake-opened-later.ts';

export interface LakeSettings {
  /** A folder, or s3://bucket/prefix. */
  readonly lake: string;
  /** Keys of an S3 lake; absent: as the bucket's tags say. */
  readonly encryption?: { readonly sharedKey: string; readonly personalPrefixes: readonly string[] };
  readonly now: () => Date;
}

/** Share of the free disk that local copies of an S3 lake's objects may take; the rest is the engine's. */
const shareForCopies = 0.5;

/** The lake that a setting names. @throws UsageError for an address that is neither a folder nor a bucket. */
export function openLake(settings: LakeSettings): Lake {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(settings.lake)) {
    requireDisk(settings.lake);
    return createFolderLake(settings.lake);
  }
  const { bucket, prefix } = parseAddress(settings.lake);
  return openLater(settings.lake, async () => {
    const { createS3Client, createS3Lake } = await import('./lake/s3-lake.ts');
    const { readEncryption } = await import('./lake/s3-encryption.ts');
    const client = createS3Client();
    const encryption = settings.encryption ?? (await readEncryption(client, bucket));
    const localFolder = join(
      tmpdir(),
      'tidemark',
      createHash('sha256').update(settings.lake).digest('hex').slice(0, 16),
    );
    mkdirSync(localFolder, { recursive: true });
    const disk = statfsSync(localFolder);
    const options = {
      bucket,
      prefix,
      localFolder,
      localLimitBytes: Math.floor(disk.bavail * disk.bsize * shareForCopies),
      now: settings.now,
      ...(encryption && { encryption }),
    };
    return createS3Lake(options, client);
  });
}

/** File systems that are windows into the kernel (procfs, sysfs): making a folder in them ends in nothing, or never. */
const kernelTypes: ReadonlySet<number> = new Set([0x9fa0, 0x62656572]);

/** @throws UsageError for a place that keeps no files, where making a folder would go on for ever. */
export function requireDisk(lake: string): void {
  if (isBucket(lake)) return;
  const folder = resolve(lake);
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  if (!kernelTypes.has(statfsSync(place).type)) return;
  throw new UsageError('this is no place for a lake', { where: folder, next: 'give --lake a folder on a disk' });
}

/** A bucket answers for itself when it is read. @throws LakeError where a lake's folder does not exist. */
export async function requireLake(place: string): Promise<void> {
  if (isBucket(place)) return;
  const folder = resolve(place);
  if ((await stat(folder).catch(() => undefined))?.isDirectory()) return;
  throw new LakeError('there is no lake here', {
    where: folder,
    next: 'check --lake (or TIDEMARK_LAKE); `tidemark ingest PATH` makes a new one',
  });
}

export function isBucket(place: string): boolean {
  return place.startsWith('s3://');
}

function parseAddress(address: string): { bucket: string; prefix: string } {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address);
  if (!match) {
    throw new UsageError('this is no place for a lake', {
      where: address,
      next: 'give --lake a folder, or s3://bucket or s3://bucket/prefix',
    });
  }
  const path = (match[2] ?? '').replace(/\/+$/, '');
  return { bucket: match[1] ?? '', prefix: path === '' ? '' : `${path}/` };
}
