import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { writeArrowStream } from './arrow-stream.ts';
import type { Publication, PublishResult, ReportData, ReportTable } from './report.ts';

export interface ReportBucketOptions {
  readonly bucket: string;
  readonly client?: S3Client;
}

const compress = promisify(brotliCompress);
const dataPrefix = 'data/';
const manifestKey = `${dataPrefix}manifest.json`;
/** Files that no manifest names are kept for readers that still hold an older one. */
const keptMilliseconds = 60 * 60 * 1000;

/**
 * Keeps the report's data beside the pages of a site in S3: `data/marts/<table>/<hash>.arrow`, stored compressed, and
 * `data/manifest.json`, which is written when everything that it names is there.
 */
export function createReportDataBucket({ bucket, client = newClient() }: ReportBucketOptions): ReportData {
  const site = new SiteBucket(bucket, client);
  return { folder: `s3://${bucket}/${dataPrefix}`, publish: (publication) => publishInto(site, publication) };
}

function newClient(): S3Client {
  return new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
}

async function publishInto(site: SiteBucket, publication: Publication): Promise<PublishResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'tidemark-report-'));
  try {
    const there = await site.dataFiles();
    const tables: Record<string, string> = {};
    const written: string[] = [];
    let bytes = 0;
    for (const table of publication.tables) {
      const body = await contentOf(table, publication, scratch);
      const path = `marts/${table.name}/${hash(body)}.arrow`;
      tables[table.name] = path;
      bytes += body.length;
      if (there.has(dataPrefix + path)) continue;
      await site.putData(dataPrefix + path, body);
      written.push(table.name);
    }
    const unchanged = Object.keys(tables).filter((name) => !written.includes(name));
    const version = await site.swapManifest({ ...publication.facts, tables });
    await site.removeOld(there, new Set(Object.values(tables).map((path) => dataPrefix + path)), publication.now);
    return { version, written, unchanged, bytes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Tables of a report are small (thousands of rows), so one at a time may be held in memory. */
async function contentOf(table: ReportTable, publication: Publication, scratch: string): Promise<Buffer> {
  const file = join(scratch, `${table.name}.arrow`);
  if (table.kind === 'query') await publication.writeQuery(table.sql, file);
  else await writeArrowStream(table, file);
  const body = await readFile(file);
  await rm(file);
  return body;
}

class SiteBucket {
  readonly #bucket: string;
  readonly #client: S3Client;

  constructor(bucket: string, client: S3Client) {
    this.#bucket = bucket;
    this.#client = client;
  }

  /** Data files by key, with the time at which they were written. */
  async dataFiles(): Promise<ReadonlyMap<string, Date>> {
    const found = new Map<string, Date>();
    const request = { Bucket: this.#bucket, Prefix: `${dataPrefix}marts/` };
    for await (const page of paginateListObjectsV2({ client: this.#client }, request)) {
      for (const { Key = '', LastModified = new Date(0) } of page.Contents ?? []) found.set(Key, LastModified);
    }
    return found;
  }

  /** CloudFront does not compress Arrow by itself; a browser that speaks HTTPS takes brotli. */
  async putData(key: string, body: Buffer): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: key,
        Body: await compress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
        ContentType: 'application/vnd.apache.arrow.stream',
        ContentEncoding: 'br',
        CacheControl: 'private, max-age=31536000, immutable',
      }),
    );
  }

  /** Writes the manifest unless it says the same already. */
  async swapManifest(content: Readonly<Record<string, unknown>>): Promise<string> {
    const version = hash(JSON.stringify(content)).slice(0, 16);
    const body = `${JSON.stringify({ version, ...content }, undefined, 2)}\n`;
    if ((await this.#readManifest()) === body) return version;
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#bucket,
        Key: manifestKey,
        Body: body,
        ContentType: 'application/json; charset=utf-8',
        CacheControl: 'no-cache',
      }),
    );
    return version;
  }

  async removeOld(there: ReadonlyMap<string, Date>, named: ReadonlySet<string>, now: Date): Promise<void> {
    const old = [...there].filter(([key, at]) => !named.has(key) && now.getTime() - at.getTime() > keptMilliseconds);
    for (let start = 0; start < old.length; start += 1000) {
      const objects = old.slice(start, start + 1000).map(([key]) => ({ Key: key }));
      await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: objects, Quiet: true } }),
      );
    }
  }

  async #readManifest(): Promise<string | undefined> {
    try {
      const found = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: manifestKey }));
      return await found.Body?.transformToString();
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}

function hash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
