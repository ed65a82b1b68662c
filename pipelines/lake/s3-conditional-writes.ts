import { randomUUID } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { LakeError } from '../domain/errors.ts';
import type { VersionTag } from './lake.ts';
import { explainFailure, isConflict, isMissing, isPreconditionFailure } from './s3-failure.ts';
import { ownBytesMetadata, padVersion } from './version-padding.ts';

/** Which key encrypts what. Everything below a personal prefix gets the bucket's own default key. */
export interface ObjectEncryption {
  readonly sharedKey: string;
  readonly personalPrefixes: readonly string[];
}

export interface ConditionalWritesOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
  readonly encryption?: ObjectEncryption;
}

type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

/** What became of one request; the client itself may have sent it more than once. */
type Answer = 'written' | 'refused' | 'refused after a repeat' | 'conflict';

/** The object by which a store proves that it keeps conditions; no listing shows it. */
const proofKey = '.lake.json';
const writerMetadata = 'tidemark-writer';

/** Create-if-absent and compare-and-swap on S3. Each answer is exact, also when a request was sent more than once. */
export class S3ConditionalWrites {
  readonly #options: ConditionalWritesOptions;
  #proof: Promise<void> | undefined;

  constructor(options: ConditionalWritesOptions) {
    this.#options = options;
  }

  async create(key: string, body: Uint8Array): Promise<'created' | 'exists'> {
    await this.#proven();
    return (await this.#write(key, body, { IfNoneMatch: '*' })) ? 'created' : 'exists';
  }

  async swap(key: string, body: Uint8Array, expected: VersionTag | undefined): Promise<'swapped' | 'lost'> {
    await this.#proven();
    const condition = expected === undefined ? ({ IfNoneMatch: '*' } as const) : { IfMatch: expected };
    return (await this.#write(key, body, condition, true)) ? 'swapped' : 'lost';
  }

  /** The request's part that chooses the key; nothing for personal prefixes and for buckets without keys of their own. */
  encryptionOf(key: string): { ServerSideEncryption?: 'aws:kms'; SSEKMSKeyId?: string; BucketKeyEnabled?: true } {
    const { encryption } = this.#options;
    if (!encryption || encryption.personalPrefixes.some((prefix) => key.startsWith(prefix))) return {};
    return { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: encryption.sharedKey, BucketKeyEnabled: true };
  }

  /** True where the write took place. */
  async #write(key: string, body: Uint8Array, condition: Condition, isPadded = false): Promise<boolean> {
    const { bucket, prefix } = this.#options;
    const writer = randomUUID();
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: prefix + key,
      Body: isPadded ? padVersion(body) : body,
      Metadata: { [writerMetadata]: writer, ...(isPadded && { [ownBytesMetadata]: String(body.length) }) },
      ...this.encryptionOf(key),
      ...condition,
    });
    for (let isRepeated = false; ; isRepeated = true) {
      const answer = await this.#send(command, key);
      if (answer === 'conflict') continue;
      if (answer !== 'refused after a repeat' && !(answer === 'refused' && isRepeated)) return answer === 'written';
      // A first answer may have been lost on its way: then the version that stands in the way is our own.
      return await this.#wrote(key, writer);
    }
  }

  async #send(command: PutObjectCommand, key: string): Promise<Answer> {
    try {
      await this.#options.client.send(command);
      return 'written';
    } catch (error) {
      if (isConflict(error)) return 'conflict';
      if (isMissing(error) && command.input.IfMatch !== undefined) return 'refused';
      if (isPreconditionFailure(error)) return attemptsOf(error) > 1 ? 'refused after a repeat' : 'refused';
      throw explainFailure(error, this.#where(key));
    }
  }

  async #wrote(key: string, writer: string): Promise<boolean> {
    const { client, bucket, prefix } = this.#options;
    try {
      const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: prefix + key }));
      return found.Metadata?.[writerMetadata] === writer;
    } catch (error) {
      if (isMissing(error)) return false;
      throw explainFailure(error, this.#where(key));
    }
  }

  #where(key: string): string {
    return `${key} in s3://${this.#options.bucket}/${this.#options.prefix}`;
  }

  #proven(): Promise<void> {
    this.#proof ??= this.#prove().catch((error: unknown) => {
      this.#proof = undefined;
      throw error;
    });
    return this.#proof;
  }

  /** Of two creations one must fail, and so must a swap from a version that never was. */
  async #prove(): Promise<void> {
    const note = Buffer.from('{"note":"Shows that this store keeps conditional writes. Do not remove."}\n');
    const isNew = await this.#write(proofKey, note, { IfNoneMatch: '*' });
    const isNewAgain = isNew && (await this.#write(proofKey, note, { IfNoneMatch: '*' }));
    const isSwapped = await this.#write(proofKey, note, { IfMatch: '"00000000000000000000000000000000"' });
    if (!isNewAgain && !isSwapped) return;
    throw new LakeError('this store does not keep conditional writes, so two writers would overwrite each other', {
      where: `s3://${this.#options.bucket}/${this.#options.prefix}`,
      next: 'use Amazon S3, or another store that honours If-None-Match and If-Match on PutObject',
    });
  }
}

function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1;
}
