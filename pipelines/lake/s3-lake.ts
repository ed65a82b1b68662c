import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { LakeError } from '../domain/errors.ts';
import type { Lake, VersionTag } from './lake.ts';
import { ObjectCache } from './object-cache.ts';
import { checkKey } from './object-key.ts';
import { type ObjectEncryption, S3ConditionalWrites } from './s3-conditional-writes.ts';
import { explainFailure, isMissing } from './s3-failure.ts';
import { withoutPadding } from './version-padding.ts';

export interface S3LakeOptions {
  readonly bucket: string;
  /** '' or a prefix that ends in '/': where in the bucket the lake lies. */
  readonly prefix: string;
  readonly encryption?: ObjectEncryption;
  /** Local folder for copies and for files on their way in. */
  readonly localFolder: string;
  /** What the copies may take of the local disk. */
  readonly localLimitBytes: number;
  readonly now: () => Date;
}

const partBytes = 16 * 1024 * 1024;
/** How long an engine may go on reading a copy, and how long a killed run's scratch folder is left alone. */
const inUseMs = 15 * 60_000;
const abandonedAfterMs = 24 * 3_600_000;
const downloadAttempts = 4;

/**
 * A lake in an S3 bucket. Commits rest on S3's conditional writes, and the adapter proves before its first commit that
 * the store really keeps them: some that speak S3 do not, and would lose data without a word.
 */
export function createS3Lake(options: S3LakeOptions, client: S3Client = createS3Client()): Lake {
  return new S3Lake(options, client);
}

/** Region, credentials and a custom endpoint come from the environment, as with every AWS tool. */
export function createS3Client(): S3Client {
  return new S3Client({
    maxAttempts: 6,
    // An address of one's own (an emulator, a gateway) has no bucket names in its DNS.
    forcePathStyle: (process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']) !== undefined,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 },
  });
}

class S3Lake implements Lake {
  readonly location: string;
  readonly #options: S3LakeOptions;
  readonly #client: S3Client;
  readonly #commits: S3ConditionalWrites;
  readonly #cache: ObjectCache;

  constructor(options: S3LakeOptions, client: S3Client) {
    this.#options = options;
    this.#client = client;
    this.location = `s3://${options.bucket}/${options.prefix}`.replace(/\/$/, '');
    this.#commits = new S3ConditionalWrites({ ...options, client });
    this.#cache = new ObjectCache({
      folder: join(options.localFolder, 'copies'),
      limitBytes: options.localLimitBytes,
      keepMs: inUseMs,
      now: options.now,
    });
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await this.readVersion(key))?.body;
  }

  async readVersion(key: string): Promise<{ body: Uint8Array; tag: VersionTag } | undefined> {
    try {
      const found = await this.#client.send(new GetObjectCommand(this.#object(key)));
      const body = (await found.Body?.transformToByteArray()) ?? new Uint8Array();
      return { body: withoutPadding(body, found.Metadata), tag: found.ETag ?? '' };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#explain(error, key);
    }
  }

  async create(key: string, body: Uint8Array): Promise<'created' | 'exists'> {
    return await this.#commits.create(checkKey(key), body);
  }

  async swap(key: string, body: Uint8Array, expected: VersionTag | undefined): Promise<'swapped' | 'lost'> {
    return await this.#commits.swap(checkKey(key), body, expected);
  }

  async putFile(key: string, localPath: string): Promise<void> {
    const target = this.#object(key);
    try {
      // Small files go in one request, large ones in parts; a part that fails is sent again, an upload that fails is undone.
      await new Upload({
        client: this.#client,
        params: { ...target, ...this.#commits.encryptionOf(key), Body: createReadStream(localPath) },
        partSize: partBytes,
        queueSize: 4,
      }).done();
    } catch (error) {
      throw this.#explain(error, key);
    }
    // What was just written is often read next. A disk too small for that is no reason to fail: the object is safe.
    await this.#cache.adopt(key, localPath).catch(() => rm(localPath, { force: true }));
  }

  async copy(from: string, to: string): Promise<void> {
    const { Bucket, Key } = this.#object(from);
    const source = `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`;
    const target = { ...this.#object(to), ...this.#commits.encryptionOf(to) };
    try {
      await this.#client.send(new CopyObjectCommand({ ...target, CopySource: source }));
    } catch (error) {
      if (isMissing(error)) throw missing(from, this.location);
      throw this.#explain(error, to);
    }
  }

  async localPath(key: string): Promise<string> {
    // What others drop may be dropped again under the same name; everything else never changes.
    if (key.startsWith('landing/')) await this.#cache.forget([key]);
    return await this.#cache.path(checkKey(key), (target) => this.#download(key, target));
  }

  async *list(prefix: string): AsyncGenerator<{ key: string; bytes: number; modifiedAt: Date }> {
    const { bucket, prefix: root } = this.#options;
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: bucket, Prefix: root + prefix });
    try {
      for await (const page of pages) {
        for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
          const key = Key.slice(root.length);
          if (!key.startsWith('.')) yield { key, bytes: Size, modifiedAt: LastModified };
        }
      }
    } catch (error) {
      throw this.#explain(error, prefix);
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    const unique = [...new Set(keys.map(checkKey))];
    await this.#cache.forget(unique);
    for (let start = 0; start < unique.length; start += 1000) {
      await this.#removeBatch(unique.slice(start, start + 1000));
    }
  }

  async forgetHistory(prefix: string): Promise<number> {
    let forgotten = 0;
    let next: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> | undefined = {};
    try {
      while (next) {
        const place = { Bucket: this.#options.bucket, Prefix: this.#options.prefix + prefix, ...next };
        const page: ListObjectVersionsCommandOutput = await this.#client.send(new ListObjectVersionsCommand(place));
        // Of an object that is there, its latest version stays; of one that was removed, not even the note of that.
        const older = (page.Versions ?? []).filter(({ IsLatest }) => IsLatest !== true);
        const old = [...older, ...(page.DeleteMarkers ?? [])];
        await this.#removeObjects(old.map(({ Key = '', VersionId }) => ({ Key, VersionId })));
        forgotten += old.length;
        const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
        next = IsTruncated ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : undefined;
      }
    } catch (error) {
      throw this.#explain(error, prefix);
    }
    return forgotten;
  }

  async scratch(): Promise<string> {
    const parent = join(this.#options.localFolder, 'scratch');
    await mkdir(parent, { recursive: true });
    await this.#removeAbandoned(parent);
    return await mkdtemp(join(parent, 'run-'));
  }

  async #removeBatch(keys: readonly string[]): Promise<void> {
    try {
      await this.#removeObjects(keys.map((key) => ({ Key: this.#options.prefix + key })));
    } catch (error) {
      throw this.#explain(error, keys[0] ?? '');
    }
  }

  async #removeObjects(objects: ObjectIdentifier[]): Promise<void> {
    if (objects.length === 0) return;
    const { Errors = [] } = await this.#client.send(
      new DeleteObjectsCommand({ Bucket: this.#options.bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    const [first] = Errors.filter((error) => error.Code !== 'NoSuchKey' && error.Code !== 'NoSuchVersion');
    if (first) throw Object.assign(new Error(first.Message ?? ''), { name: first.Code ?? 'Error' });
  }

  async #download(key: string, target: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#downloadOnce(key, target);
      } catch (error) {
        if (isMissing(error)) throw missing(key, this.location);
        if (attempt === downloadAttempts) throw this.#explain(error, key);
      }
    }
  }

  async #downloadOnce(key: string, target: string): Promise<void> {
    const found = await this.#client.send(new GetObjectCommand(this.#object(key)));
    await pipeline(found.Body as Readable, createWriteStream(target));
    const { size } = await stat(target);
    if (size !== found.ContentLength) throw new Error(`the connection ended after ${size} bytes`);
  }

  async #removeAbandoned(parent: string): Promise<void> {
    const before = this.#options.now().getTime() - abandonedAfterMs;
    for (const name of await readdir(parent)) {
      const folder = join(parent, name);
      const found = await stat(folder).catch(() => undefined);
      if (found && found.mtimeMs < before) await rm(folder, { recursive: true, force: true });
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: this.#options.prefix + checkKey(key) };
  }

  #explain(error: unknown, key: string): LakeError {
    return explainFailure(error, `${key} in ${this.location}`);
  }
}

function missing(key: string, location: string): LakeError {
  return new LakeError('an object that the lake refers to is missing', {
    where: `${key} in ${location}`,
    next: 'run `tidemark doctor`: it names what is missing and what brings it back',
  });
}
