import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { quotedString, version } from '@duckdb/node-api';
import type { Dataset } from '../domain/dataset.ts';
import { WarehouseError } from '../domain/errors.ts';
import type { Release } from '../domain/release.ts';
import type { BuildRequest, BuildSession, FileMerger, Tracing, TracingBuilder } from './build-session.ts';
import { DuckDbBuildSession } from './duckdb-build-session.ts';
import { DuckDbEngine, type DuckDbSettings } from './duckdb-engine.ts';
import { openReleaseSession } from './duckdb-release-session.ts';
import { partSums } from './part-writer.ts';
import { preludeMacros, preludeSettings } from './prelude.ts';
import { readSyntax } from './relation-names.ts';
import { selectFiles, stagedColumns } from './staged-sql.ts';
import type { LocalFiles, ReleaseSession, Warehouse, WarehouseCatalog } from './warehouse.ts';

/**
 * DuckDB inside this process.
 * @param files where the lake's objects can be read as local files.
 */
export function createDuckDbWarehouse(
  files: LocalFiles,
  settings: DuckDbSettings = {},
): Warehouse & TracingBuilder & FileMerger {
  return new DuckDbWarehouse(files, settings);
}

class DuckDbWarehouse implements Warehouse, TracingBuilder, FileMerger {
  readonly engine = 'duckdb';
  readonly fingerprint: string;
  readonly #files: LocalFiles;
  readonly #settings: DuckDbSettings;

  constructor(files: LocalFiles, settings: DuckDbSettings) {
    this.#files = files;
    this.#settings = settings;
    const text = JSON.stringify([version(), preludeSettings, preludeMacros, partSums]);
    this.fingerprint = createHash('sha256').update(text).digest('hex');
  }

  async openRelease(release: Release, catalog: WarehouseCatalog): Promise<ReleaseSession> {
    return await openReleaseSession({ release, catalog, files: this.#files, settings: this.#settings });
  }

  async relationsIn(texts: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, readonly string[]>> {
    const engine = await DuckDbEngine.open(this.#settings);
    try {
      const relations = new Map<string, readonly string[]>();
      for (const [name, sql] of texts) relations.set(name, await relationsOf(engine, name, sql));
      return relations;
    } finally {
      engine.close();
    }
  }

  locate(key: string): Promise<string> {
    return this.#files.localPath(key);
  }

  async mergeFiles(dataset: Dataset, paths: readonly string[], target: string): Promise<void> {
    const engine = await DuckDbEngine.open(this.#settings);
    try {
      const rows = `${selectFiles(stagedColumns(dataset), paths)} order by _export, _line`;
      await engine.run(`copy (${rows}) to ${quotedString(target)} (format parquet, compression zstd)`);
    } finally {
      engine.close();
    }
  }

  async openBuild(request: BuildRequest): Promise<BuildSession & Tracing> {
    const engine = await DuckDbEngine.open(this.#settings, join(request.scratch, 'spill'));
    try {
      return await DuckDbBuildSession.open(engine, request);
    } catch (error) {
      engine.close();
      throw error;
    }
  }
}

async function relationsOf(engine: DuckDbEngine, name: string, sql: string): Promise<readonly string[]> {
  try {
    return (await readSyntax(engine, sql)).relations;
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    throw new WarehouseError(error.message, {
      where: name,
      next: 'a model is one select over relations',
      cause: error,
    });
  }
}
