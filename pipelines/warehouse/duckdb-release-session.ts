import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBResultReader, quotedIdentifier, quotedString } from '@duckdb/node-api';
import { WarehouseError } from '../domain/errors.ts';
import { type MartShape, martShapes, type Release } from '../domain/release.ts';
import { DuckDbEngine, type DuckDbSettings } from './duckdb-engine.ts';
import { asWarehouseError } from './duckdb-failure.ts';
import { exportArrow, exportSelect } from './export-files.ts';
import { martSchema, requireSelectOverMarts } from './query-guard.ts';
import { toNumberColumns, toQueryResult } from './result-values.ts';
import { modelColumns, selectFiles, withoutSemicolon } from './staged-sql.ts';
import type { LocalFiles, QueryResult, ReleaseSession, Value, WarehouseCatalog } from './warehouse.ts';

export interface ReleaseToOpen {
  readonly release: Release;
  readonly catalog: WarehouseCatalog;
  readonly files: LocalFiles;
  readonly settings: DuckDbSettings;
}

/** Opens a release for reading: its marts as views, in an engine that can reach nothing else and keeps nothing. */
export async function openReleaseSession(wanted: ReleaseToOpen): Promise<ReleaseSession> {
  const { release, catalog, files, settings } = wanted;
  const paths = await localPaths(release, files);
  // Large results spill here, and exports are written here before they go to their place.
  const workFolder = await mkdtemp(join(tmpdir(), 'tidemark-session-'));
  const engine = await DuckDbEngine.open(settings, join(workFolder, 'spill'));
  try {
    // A release of an older kind does not describe its marts; today's catalog has to do.
    const marts = viewsLast(release.marts ?? martShapes(catalog.models));
    await lock(engine, [...paths.values()].flat(), workFolder);
    await engine.run(`create schema ${martSchema}`);
    await engine.run(`set search_path = '${martSchema},main'`);
    for (const [name, shape] of marts) await lay(engine, release, { name, shape, paths: paths.get(name) ?? [] });
    await engine.run('set lock_configuration = true');
    return new DuckDbReleaseSession({ release, engine, workFolder, marts: marts.map(([name]) => name).sort() });
  } catch (error) {
    engine.close();
    await rm(workFolder, { recursive: true, force: true });
    throw error;
  }
}

/** From here on the engine reads this release's files, writes into its own folder, and reaches no network. */
async function lock(engine: DuckDbEngine, paths: readonly string[], workFolder: string): Promise<void> {
  await engine.run(`set allowed_directories = [${quotedString(workFolder)}]`);
  await engine.run(`set allowed_paths = [${paths.map(quotedString).join(', ')}]`);
  await engine.run('set enable_external_access = false');
}

interface MartToLay {
  readonly name: string;
  readonly shape: MartShape;
  readonly paths: readonly string[];
}

async function lay(engine: DuckDbEngine, release: Release, { name, shape, paths }: MartToLay): Promise<void> {
  const select = shape.view === undefined ? selectFiles(modelColumns(shape), paths) : withoutSemicolon(shape.view);
  try {
    await engine.run(`create view ${quotedIdentifier(name)} as ${select}`);
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    if (isDamage(error)) throw damaged(error, release);
    throw new WarehouseError(`the mart ${name} of this release is not what the catalog says of it`, {
      where: `release ${release.id}: ${error.message}`,
      next: 'tidemark build',
      cause: error,
    });
  }
}

async function localPaths(release: Release, files: LocalFiles): Promise<Map<string, string[]>> {
  const paths = new Map<string, string[]>();
  for (const [mart, parts] of Object.entries(release.parts)) {
    paths.set(mart, await Promise.all(parts.flatMap((part) => part.keys.map((key) => files.localPath(key)))));
  }
  return paths;
}

/** Marts that are views come last, so that what they read is there. */
function viewsLast(marts: Readonly<Record<string, MartShape>>): [string, MartShape][] {
  const list = Object.entries(marts);
  return [...list.filter(([, { view }]) => view === undefined), ...list.filter(([, { view }]) => view !== undefined)];
}

/** A file that a disk or a copy has damaged is no fault of the query. */
function isDamage({ message }: WarehouseError): boolean {
  return /Parquet file|magic bytes|parquet magic|^(?:IO|Serialization) Error|snappy|zstd/i.test(message);
}

function damaged(cause: WarehouseError, { id }: Release): WarehouseError {
  return new WarehouseError('a file of the release cannot be read', {
    where: `release ${id}: ${cause.message}`,
    next: 'remove the file, then tidemark build --full',
    cause,
  });
}

interface OpenSession {
  readonly release: Release;
  readonly engine: DuckDbEngine;
  readonly workFolder: string;
  readonly marts: readonly string[];
}

class DuckDbReleaseSession implements ReleaseSession {
  readonly release: Release;
  readonly #engine: DuckDbEngine;
  readonly #workFolder: string;
  readonly #marts: readonly string[];
  #exports = 0;

  constructor({ release, engine, workFolder, marts }: OpenSession) {
    this.release = release;
    this.#engine = engine;
    this.#workFolder = workFolder;
    this.#marts = marts;
  }

  async query(sql: string, parameters: readonly Value[] = []): Promise<QueryResult> {
    return toQueryResult(await this.#read(sql, parameters));
  }

  async queryNumbers(sql: string, parameters: readonly Value[] = []): Promise<Float64Array[]> {
    await requireSelectOverMarts(this.#engine, sql, this.#marts);
    const result = await this.#ask(sql, () => this.#engine.connection.run(sql, [...parameters]));
    return toNumberColumns(await this.#ask(sql, () => result.fetchAllChunks()), result.columnCount);
  }

  async exportTo(sql: string, file: string, format: 'parquet' | 'csv' | 'arrow'): Promise<void> {
    if (format === 'arrow') return await exportArrow(await this.#read(sql, []), file);
    await requireSelectOverMarts(this.#engine, sql, this.#marts);
    this.#exports += 1;
    const finished = join(this.#workFolder, `export-${this.#exports}`);
    await exportSelect(this.#engine, withoutSemicolon(sql), { file: finished, format });
    try {
      await copyFile(finished, file);
    } catch (cause) {
      throw new WarehouseError('the result cannot be written there', {
        where: file,
        next: 'name a file in a folder that exists and can be written to',
        cause,
      });
    } finally {
      await rm(finished);
    }
  }

  async close(): Promise<void> {
    this.#engine.close();
    await rm(this.#workFolder, { recursive: true, force: true });
  }

  async #read(sql: string, parameters: readonly Value[]): Promise<DuckDBResultReader> {
    await requireSelectOverMarts(this.#engine, sql, this.#marts);
    return await this.#ask(sql, () => this.#engine.connection.runAndReadAll(sql, [...parameters]));
  }

  async #ask<T>(sql: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const told = asWarehouseError(error, sql);
      throw isDamage(told) ? damaged(told, this.release) : told;
    }
  }
}
