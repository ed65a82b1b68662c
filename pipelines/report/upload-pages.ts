import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * Puts the built pages of a site into a bucket, beside its data. What has a compressed copy goes compressed: CloudFront
 * leaves large files as they are, and the engine in the page is one. Pages come last, so that what they load is there.
 * @returns how many files were written.
 */
export async function uploadPages(folder: string, bucket: string, client: S3Client = newClient()): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.br'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => Number(a.endsWith('.html')) - Number(b.endsWith('.html')) || a.localeCompare(b));
  for (const file of files) await upload(file, relative(folder, file).split(sep).join('/'), { bucket, client });
  return files.length;
}

async function upload(file: string, key: string, site: { bucket: string; client: S3Client }): Promise<void> {
  const isCompressed = existsSync(`${file}.br`);
  await site.client.send(
    new PutObjectCommand({
      Bucket: site.bucket,
      Key: key,
      Body: await readFile(isCompressed ? `${file}.br` : file),
      ContentType: contentTypes[extname(file)] ?? 'application/octet-stream',
      ...(isCompressed && { ContentEncoding: 'br' }),
      // Names with a hash never change; everything else is asked for anew.
      CacheControl: key.includes('/immutable/') ? 'private, max-age=31536000, immutable' : 'no-cache',
    }),
  );
}

function newClient(): S3Client {
  return new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
}
