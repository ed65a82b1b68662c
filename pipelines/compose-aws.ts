import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { compose, type Settings, type Tidemark } from './compose.ts';
import { IngestError } from './domain/errors.ts';
import type { Receipt } from './domain/receipt.ts';
import { parsePseudonymKey } from './ingest/pseudonym-key.ts';
import { createSecretsManager } from './secrets/secrets-manager.ts';

export interface AwsSettings extends Omit<Settings, 'pseudonymKey'> {
  /** Secret with `{"version", "secret", "previous": [{"version", "secret"}]}`, the newest key first; only who ingests may read it. */
  readonly pseudonymKeySecret?: string;
}

/** The steps as functions on AWS call them. */
export interface TidemarkOnAws extends Tidemark {
  /** Ingests one dropped object, `landing/<source>/<file>` or `landing/backfill/<source>/<file>`. */
  ingestLanded(key: string): Promise<Receipt>;
}

const keyOfPseudonyms = z.object({ version: z.int().positive(), secret: z.string().min(32) });
/** After a rotation the keys before stay beside the new one. */
const keysOfPseudonyms = keyOfPseudonyms.extend({ previous: z.array(keyOfPseudonyms).default([]) });

/** Composes the steps with what stands in secrets. */
export async function composeOnAws({ pseudonymKeySecret, ...settings }: AwsSettings): Promise<TidemarkOnAws> {
  const pseudonymKey = pseudonymKeySecret === undefined ? undefined : await readPseudonymKey(pseudonymKeySecret);
  const tidemark = compose({ ...settings, ...(pseudonymKey && { pseudonymKey }) });
  return Object.assign(tidemark, { ingestLanded: (key: string) => ingestLanded(tidemark, key) });
}

async function ingestLanded(tidemark: Tidemark, key: string): Promise<Receipt> {
  const path = await tidemark.lake.localPath(key);
  // A folder named like a contract says how its files are to be read; any other folder leaves it to the header.
  const folder = key.split('/').at(key.startsWith('landing/backfill/') ? 2 : 1) ?? '';
  const options = tidemark.definitions.contracts.has(folder) ? { source: folder } : {};
  for await (const receipt of tidemark.ingest([path], options)) return receipt;
  throw new IngestError('nothing was found to ingest', { where: basename(key) });
}

async function readPseudonymKey(name: string) {
  const { previous, ...newest } = keysOfPseudonyms.parse(JSON.parse(await createSecretsManager().read(name)));
  return parsePseudonymKey([newest, ...previous].map(written).join(','), name);
}

/** 64 hex digits are a key as a laptop has it; anything else that Secrets Manager made up is hashed into one. */
function written({ version, secret }: z.infer<typeof keyOfPseudonyms>): string {
  const isKey = /^[0-9a-f]{64}$/.test(secret);
  return `v${version}:${isKey ? secret : createHash('sha256').update(secret).digest('hex')}`;
}
