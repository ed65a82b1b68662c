import type { Dataset } from '../domain/dataset.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { Release } from '../domain/release.ts';

/** A value in a result: decimals come as text so that no cent is lost, dates and timestamps as ISO text. */
export type Value = string | number | bigint | boolean | null;
export type Row = Readonly<Record<string, Value>>;

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly Row[];
}

/** A session on one release: every public mart is a view under its own name, and nothing else can be read. */
export interface ReleaseSession {
  readonly release: Release;
  query(sql: string, parameters?: readonly Value[]): Promise<QueryResult>;
  /** Columns of doubles, NULL as NaN: for a million figures, each of which would cost more as a value of its own. */
  queryNumbers(sql: string, parameters?: readonly Value[]): Promise<readonly Float64Array[]>;
  /** Writes a select's rows to a local file; Arrow is an IPC stream. */
  exportTo(sql: string, file: string, format: 'parquet' | 'csv' | 'arrow'): Promise<void>;
  close(): Promise<void>;
}

/** Where the objects of the lake can be read as local files; a lake is one. */
export interface LocalFiles {
  localPath(key: string): Promise<string>;
}

/** The objects of a lake that an engine reads and writes by itself; an S3 lake is one. */
export interface LakeObjects {
  /** s3:// address of a key. */
  address(key: string): string;
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
  putFile(key: string, localPath: string): Promise<void>;
}

export type EngineName = 'duckdb' | 'athena';

/** Engine port: opens releases for reading. Building is the adapter's other face, see `build-session.ts`. */
export interface Warehouse {
  readonly engine: EngineName;
  openRelease(release: Release, catalog: WarehouseCatalog): Promise<ReleaseSession>;
}

export interface WarehouseCatalog {
  readonly datasets: readonly Dataset[];
  readonly models: readonly ModelDefinition[];
}
