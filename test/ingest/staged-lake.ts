import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import type { Receipt } from '../../pipelines/domain/receipt.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import type { Lake } from '../../pipelines/lake/lake.ts';
import { type IngestOptions, type IngestPorts, ingestExports } from '../../pipelines/steps/ingest-exports.ts';

export interface LakeOptions {
  readonly catalogs?: readonly string[];
  readonly chunkBytes?: number;
  readonly now?: string;
}

/** Parsing the whole catalog takes longer than ingesting a small file. */
let builtIn: Definitions | undefined;

function builtInDefinitions(): Definitions {
  builtIn ??= loadDefinitions();
  return builtIn;
}

/** A throwaway lake with everything that ingesting needs, and an engine to look at what was staged. */
export class StagedLake {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-ingest-'));
  readonly lake: Lake = createFolderLake(join(this.folder, 'lake'));
  readonly ports: IngestPorts;

  constructor(options: LakeOptions = {}) {
    const catalog = options.catalogs === undefined ? builtInDefinitions() : loadDefinitions(options.catalogs);
    const key = { version: 1, secret: new Uint8Array(32).fill(7) };
    const chunk = options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes };
    this.ports = {
      lake: this.lake,
      ingest: createIngest({ catalog, pseudonymKey: () => key, ...chunk }),
      now: () => new Date(options.now ?? '2026-01-05T00:00:00Z'),
      newAttempt: () => randomBytes(4).toString('hex'),
    };
  }

  async ingest(paths: readonly string[], options: IngestOptions = {}): Promise<Receipt[]> {
    const receipts: Receipt[] = [];
    for await (const receipt of ingestExports(paths, options, this.ports)) receipts.push(receipt);
    return receipts;
  }

  /** Local Parquet files of a dataset that receipts name. */
  async files(receipts: readonly Receipt[], dataset: string): Promise<string[]> {
    const parts = receipts.flatMap(({ staged }) => staged.filter((part) => part.dataset === dataset));
    return await Promise.all(parts.map(({ key }) => this.lake.localPath(key)));
  }

  /** Rows of a query in which `STAGED` stands for the staged rows of a dataset. */
  async rows(receipts: readonly Receipt[], dataset: string, sql: string): Promise<Record<string, unknown>[]> {
    const files = await this.files(receipts, dataset);
    return await query(
      sql.replaceAll('STAGED', `read_parquet([${files.map((file) => quotedString(file)).join(', ')}])`),
    );
  }

  /** The quarantined records of a receipt. */
  async quarantine(receipt: Receipt): Promise<Record<string, unknown>[]> {
    const file = await this.lake.localPath(receipt.quarantine_key ?? '');
    return await query(
      `select _line, raw, column_name, reason from read_parquet(${quotedString(file)}) order by _line`,
    );
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Rows as plain JSON values: decimals, dates and 64-bit integers as text. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  const engine = await DuckDBInstance.create(':memory:');
  const connection = await engine.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    connection.closeSync();
    engine.closeSync();
  }
}
