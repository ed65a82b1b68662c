import { reportProject, type Tidemark } from './compose.ts';
import { UsageError } from './domain/errors.ts';
import { createEvidencePages } from './report/evidence-pages.ts';

/** Puts the built pages into a bucket, `s3://bucket`, and says how many files they are. */
export async function uploadReport({ settings }: Pick<Tidemark, 'settings'>, address: string): Promise<number> {
  const bucket = /^s3:\/\/([a-z0-9][a-z0-9.-]+)\/?$/.exec(address)?.[1];
  if (bucket === undefined) {
    throw new UsageError('this is no place for a site', { where: address, next: 'name a bucket: s3://bucket' });
  }
  const folder = await createEvidencePages(settings.reportProject ?? reportProject).current();
  if (folder === undefined) {
    throw new UsageError('the pages are not built, or not from what they are made of now', {
      next: 'tidemark report build',
    });
  }
  const { uploadPages } = await import('./report/upload-pages.ts');
  return await uploadPages(folder, bucket);
}
