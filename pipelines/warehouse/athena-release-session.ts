import type { ColumnInfo } from '@aws-sdk/client-athena';
import { quotedIdentifier } from '@duckdb/node-api';
import { WarehouseError } from '../domain/errors.ts';
import { type MartShape, martShapes, type Release } from '../domain/release.ts';
import { martTable } from './athena-marts.ts';
import { type PartRelation, partsOf, selectParts } from './athena-relations.ts';
import type { AthenaStatements, StatementRows } from './athena-statements.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { exportSelect } from './export-files.ts';
import type { GlueTables } from './glue-tables.ts';
import { bindValues, plainQuery, withoutSchema, withRelations } from './plain-query.ts';
import { martSchema, requireSelectOverMarts } from './query-guard.ts';
import { readSyntax } from './relation-names.ts';
import { toNumberColumns, toQueryResult } from './result-values.ts';
import { modelColumns, withoutSemicolon } from './staged-sql.ts';
import type { LakeObjects, QueryResult, ReleaseSession, Value, WarehouseCatalog } from './warehouse.ts';

export interface AthenaReleaseOptions {
  readonly release: Release;
  readonly catalog: WarehouseCatalog;
  readonly statements: AthenaStatements;
  readonly glue: GlueTables;
  readonly objects: LakeObjects;
  readonly database: string;
  /** Reads syntax, and gives results the form that they have on DuckDB. The session closes it. */
  readonly engine: DuckDbEngine;
}

/** Reads one release through Athena: every statement says itself which parts it reads, so no switch can come between. */
export class AthenaReleaseSession implements ReleaseSession {
  readonly release: Release;
  readonly #options: AthenaReleaseOptions;
  readonly #marts: Readonly<Record<string, MartShape>>;
  readonly #registered = new Set<string>();
  #results = 0;

  constructor(options: AthenaReleaseOptions) {
    this.release = options.release;
    this.#options = options;
    this.#marts = options.release.marts ?? martShapes(options.catalog.models);
  }

  async query(sql: string, parameters: readonly Value[] = []): Promise<QueryResult> {
    return await this.#withResult(sql, parameters, async (relation) => {
      return toQueryResult(await this.#options.engine.connection.runAndReadAll(relation));
    });
  }

  async queryNumbers(sql: string, parameters: readonly Value[] = []): Promise<Float64Array[]> {
    return await this.#withResult(sql, parameters, async (relation) => {
      const result = await this.#options.engine.connection.run(relation);
      return toNumberColumns(await result.fetchAllChunks(), result.columnCount);
    });
  }

  async exportTo(sql: string, file: string, format: 'parquet' | 'csv' | 'arrow'): Promise<void> {
    await this.#withResult(sql, [], (relation) => exportSelect(this.#options.engine, relation, { file, format }));
  }

  async close(): Promise<void> {
    this.#options.engine.close();
  }

  /** Runs a query and lays its rows into a local table, in their order, for as long as they are used. */
  async #withResult<T>(sql: string, values: readonly Value[], use: (relation: string) => Promise<T>): Promise<T> {
    const { engine, statements } = this.#options;
    const asked = bindValues(withoutSemicolon(plainQuery(sql)), values);
    const marts = Object.keys(this.#marts).sort();
    await requireSelectOverMarts(engine, asked, marts);
    const text = withoutSchema(asked, martSchema, marts);
    const relations = await this.#relationsFor((await readSyntax(engine, text)).relations);
    const found = await statements.rows(withRelations(relations, text.trim()));
    this.#results += 1;
    const table = `result_${this.#results}`;
    try {
      return await use(await layRows(engine, table, found));
    } finally {
      await engine.run(`drop table if exists ${table}`);
    }
  }

  /** The marts that a query names and what those that are views read, each after what it reads. */
  async #relationsFor(names: readonly string[]): Promise<string[]> {
    const found = new Map<string, string>();
    const visit = async (name: string): Promise<void> => {
      const shape = this.#marts[name];
      if (!shape || found.has(name)) return;
      if (shape.view !== undefined) {
        for (const read of (await readSyntax(this.#options.engine, shape.view)).relations) await visit(read);
      }
      const select = shape.view === undefined ? await this.#selectMart(name, shape) : withoutSemicolon(shape.view);
      found.set(name, `${quotedIdentifier(name)} as (${select}\n)`);
    };
    for (const name of names) await visit(name);
    return [...found.values()];
  }

  async #selectMart(mart: string, shape: MartShape): Promise<string> {
    const { database, objects } = this.#options;
    const files = (this.release.parts[mart] ?? []).flatMap(({ month, keys }) =>
      keys.map((key) => ({ month, path: objects.address(key) })),
    );
    const relation = { table: martTable(database, mart, modelColumns(shape)), parts: partsOf(files) };
    await this.#requireRegistered(mart, relation);
    return selectParts(relation);
  }

  /** A part that Glue does not know would be missing from every result without a word. */
  async #requireRegistered(mart: string, { table, parts }: PartRelation): Promise<void> {
    if (this.#registered.has(mart)) return;
    const values = parts.map(({ value }) => value);
    const missing = await this.#options.glue.missingPartitions(table.database, table.name, values);
    if (missing.length > 0) {
      throw new WarehouseError(`Athena does not know ${missing.length} parts of ${mart} in this release`, {
        where: `release ${this.release.id}, table ${table.database}.${table.name}`,
        next: 'tidemark build, with the settings of Athena; or read with --engine duckdb',
      });
    }
    this.#registered.add(mart);
  }
}

/** Lays rows of text into a table of the engine. Answers a select with the names and types that they had. */
async function layRows(engine: DuckDbEngine, table: string, { columns, rows }: StatementRows): Promise<string> {
  const fields = columns.map((_, at) => `c${at} varchar`);
  await engine.run(`create table ${table} (${fields.join(', ')})`);
  const appender = await engine.connection.createAppender(table);
  for (const row of rows) {
    for (const value of row) {
      if (value === null) appender.appendNull();
      else appender.appendVarchar(value);
    }
    appender.endRow();
  }
  appender.closeSync();
  const typed = columns.map(
    (column, at) => `cast(c${at} as ${typeOf(column)}) as ${quotedIdentifier(column.Name ?? '')}`,
  );
  return `select ${typed.join(', ')} from ${table}`;
}

const plainTypes = new Set(['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'double', 'date', 'timestamp']);

/** Types without a plain form (arrays, times with zones) stay the text that Athena writes. */
function typeOf({ Type = '', Precision, Scale }: ColumnInfo): string {
  if (Type === 'decimal') return `decimal(${Precision}, ${Scale})`;
  if (Type === 'float') return 'real';
  return plainTypes.has(Type) ? Type : 'varchar';
}
