import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { WarehouseError } from '../domain/errors.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { Release } from '../domain/release.ts';
import { asWarehouseError, DuckDbEngine, type DuckDbSettings } from './duckdb-engine.ts';
import { toQueryResult } from './result-values.ts';
import { modelColumns, selectFiles } from './staged-sql.ts';
import type { LocalFiles, QueryResult, ReleaseSession, Value, WarehouseCatalog } from './warehouse.ts';

export interface ReleaseToOpen {
  readonly release: Release;
  readonly catalog: WarehouseCatalog;
  readonly files: LocalFiles;
  readonly settings: DuckDbSettings;
}

/** Opens a release for reading: its marts as views, and an engine that can reach nothing else. */
export async function openReleaseSession({
  release,
  catalog,
  files,
  settings,
}: ReleaseToOpen): Promise<ReleaseSession> {
  const paths = await localPaths(release, files);
  const engine = await DuckDbEngine.open(settings);
  try {
    const all = [...paths.values()].flat();
    await engine.run(`set allowed_paths = [${all.map(quotedString).join(', ')}]`);
    await engine.run('set enable_external_access = false');
    for (const model of marts(catalog.models)) {
      const rows =
        model.materialized === 'view' ? model.sql : selectFiles(modelColumns(model), paths.get(model.model) ?? []);
      await engine.run(`create view ${quotedIdentifier(model.model)} as ${rows.trimEnd().replace(/;$/, '')}`);
    }
    await engine.run('set lock_configuration = true');
    return new DuckDbReleaseSession(release, engine);
  } catch (error) {
    engine.close();
    throw error;
  }
}

async function localPaths(release: Release, files: LocalFiles): Promise<Map<string, string[]>> {
  const paths = new Map<string, string[]>();
  for (const [mart, parts] of Object.entries(release.parts)) {
    paths.set(mart, await Promise.all(parts.flatMap((part) => part.keys.map((key) => files.localPath(key)))));
  }
  return paths;
}

/** Marts with those that are views last, so that what they read is there. */
function marts(models: readonly ModelDefinition[]): ModelDefinition[] {
  const public_ = models.filter((model) => model.layer === 'marts');
  return [
    ...public_.filter(({ materialized }) => materialized === 'parts'),
    ...public_.filter(({ materialized }) => materialized === 'view'),
  ];
}

class DuckDbReleaseSession implements ReleaseSession {
  readonly release: Release;
  readonly #engine: DuckDbEngine;

  constructor(release: Release, engine: DuckDbEngine) {
    this.release = release;
    this.#engine = engine;
  }

  async query(sql: string, parameters: readonly Value[] = []): Promise<QueryResult> {
    const statement = await this.#requireOneSelect(sql);
    try {
      return toQueryResult(await this.#engine.connection.runAndReadAll(statement, [...parameters]));
    } catch (error) {
      throw asWarehouseError(error, sql);
    }
  }

  async exportTo(): Promise<void> {
    throw new WarehouseError('not yet');
  }

  async close(): Promise<void> {
    this.#engine.close();
  }

  async #requireOneSelect(sql: string): Promise<string> {
    return sql;
  }
}
