import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { compose } from '../../pipelines/compose.ts';
import { provenanceColumns, sqlTypes } from '../../pipelines/domain/dataset.ts';
import { buildModels } from '../../pipelines/steps/build-models.ts';
import type { BuildRequest } from '../../pipelines/warehouse/build-session.ts';
import { DuckDbEngine } from '../../pipelines/warehouse/duckdb-engine.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { createInputTables, inputTableColumns } from '../../pipelines/warehouse/input-tables.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A relation that models read and no model makes. */
export interface InputRelation {
  readonly name: string;
  readonly columns: readonly Column[];
}

export interface ModelInputs {
  readonly request: BuildRequest;
  readonly relations: readonly InputRelation[];
  /** DuckDB with every input and every model, each under its own name. */
  readonly reference: DuckDbEngine;
}

/** Ingests files into a lake of its own and builds; what the build was given becomes plain tables. */
export async function prepareInputs(folder: string, fill: (exports: string) => Promise<void>): Promise<ModelInputs> {
  const exports = join(folder, 'exports');
  mkdirSync(exports, { recursive: true });
  await fill(exports);
  const tidemark = compose({
    lake: join(folder, 'lake'),
    catalogs: [],
    engine: 'duckdb',
    language: 'en',
    reportingCurrency: 'CNY',
    pseudonymKey: { version: 1, secret: Buffer.alloc(32, 7) },
    now: () => new Date('2026-11-02T00:00:00Z'),
  });
  const files = readdirSync(exports, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(csv|txt|tsv)(\.gz)?$/.test(name),
  );
  for await (const receipt of tidemark.ingest(
    files.sort().map((name) => join(exports, name)),
    {},
  )) {
    if (receipt.status === 'refused') throw new Error(`${receipt.file} is refused: ${receipt.notes[0]?.text}`);
  }
  const request = await requestOfBuild(tidemark);
  return await layReference(request);
}

async function requestOfBuild({ lake, definitions, settings }: ReturnType<typeof compose>): Promise<BuildRequest> {
  const builder = createDuckDbWarehouse(lake);
  const requests: BuildRequest[] = [];
  const recording = {
    engine: builder.engine,
    fingerprint: builder.fingerprint,
    relationsIn: (texts: ReadonlyMap<string, string>) => builder.relationsIn(texts),
    locate: (key: string) => builder.locate(key),
    openBuild: (request: BuildRequest) => {
      requests.push(request);
      return builder.openBuild(request);
    },
  };
  await buildModels({
    lake,
    builder: recording,
    definitions,
    settings: { reportingCurrency: 'CNY' },
    now: settings.now,
  });
  const [request] = requests;
  if (!request) throw new Error('nothing was built');
  return request;
}

async function layReference(request: BuildRequest): Promise<ModelInputs> {
  const engine = await DuckDbEngine.open({});
  const relations: InputRelation[] = [];
  for (const dataset of request.catalog.datasets.filter(({ dataset }) => dataset !== 'channels')) {
    const all = [...dataset.columns, ...provenanceColumns];
    const relation = {
      name: `staged_${dataset.dataset}`,
      columns: all.map(({ name, type }) => ({ name, type: sqlTypes[type] })),
    };
    await layStaged(engine, relation, request);
    relations.push(relation);
  }
  const channels = request.catalog.datasets.find(({ dataset }) => dataset === 'channels');
  await engine.run('create schema build');
  await createInputTables(engine, request.tables, channels);
  for (const [name, columns] of Object.entries(inputTableColumns(channels))) {
    await engine.run(`create table ${quotedIdentifier(name)} as from build.${quotedIdentifier(name)}`);
    relations.push({ name, columns });
  }
  for (const { model } of request.graph.values()) {
    await engine.run(`create table ${quotedIdentifier(model.model)} as ${model.sql}`);
  }
  return { request, relations, reference: engine };
}

async function layStaged(engine: DuckDbEngine, relation: InputRelation, request: BuildRequest): Promise<void> {
  const fields = relation.columns.map(({ name, type }) => `${quotedIdentifier(name)} ${type}`);
  await engine.run(`create table ${quotedIdentifier(relation.name)} (${fields.join(', ')})`);
  const files = request.files.filter(({ dataset }) => `staged_${dataset}` === relation.name);
  if (files.length === 0) return;
  const paths = files.map(({ path }) => quotedString(path)).join(', ');
  await engine.run(`insert into ${quotedIdentifier(relation.name)} by name select * from read_parquet([${paths}])`);
}
