import type { Dataset } from '../domain/dataset.ts';
import type { ModelGraph } from '../domain/model-graph.ts';
import type { Month } from '../domain/month.ts';
import { type AthenaPart, internalTable, partsOf, qualified, selectParts } from './athena-relations.ts';
import type { BuildRequest, InputTables, ReadableFile, ReadablePart } from './build-session.ts';
import type { GlueTables, PartTable } from './glue-tables.ts';
import { inputTableColumns } from './input-tables.ts';
import { scopeMonthColumns } from './scope-family.ts';
import { stagedColumns, type TypedColumn } from './staged-sql.ts';

export interface ShelfOptions {
  readonly glue: GlueTables;
  readonly request: Pick<BuildRequest, 'catalog' | 'graph'>;
  /** Glue database of builds. */
  readonly database: string;
  /** The table of a mart's parts. */
  martTable(mart: string): PartTable;
}

/** Where the parts of every relation lie at the moment, as tables that Athena can read. */
export class AthenaShelf {
  readonly #options: ShelfOptions;
  readonly #datasets: ReadonlyMap<string, Dataset>;
  readonly #parts = new Map<string, readonly AthenaPart[]>();
  readonly #ready = new Set<string>();
  readonly #registered = new Set<string>();

  constructor(options: ShelfOptions) {
    this.#options = options;
    this.#datasets = new Map(options.request.catalog.datasets.map((dataset) => [dataset.dataset, dataset]));
  }

  set(relation: string, parts: readonly ReadablePart[]): void {
    this.#parts.set(relation, partsOf(parts.flatMap(({ month, paths }) => paths.map((path) => ({ month, path })))));
  }

  /** Parts of a relation; with months, of those months only. */
  parts(relation: string, months?: readonly Month[]): AthenaPart[] {
    const wanted = months && new Set(months);
    return (this.#parts.get(relation) ?? []).filter(({ month }) => !wanted || wanted.has(month));
  }

  /** A select of a relation's rows in these parts, which Athena can run as soon as this answers. */
  async select(relation: string, parts: readonly AthenaPart[]): Promise<string> {
    const table = this.#tableOf(relation);
    await this.#register(table, parts);
    return selectParts({ table, parts });
  }

  /** A select of the rows of staged files of one dataset. */
  async selectFiles(dataset: string, files: readonly ReadableFile[]): Promise<string> {
    const parts = partsOf(files.map(({ path }) => ({ path, month: null })));
    return await this.select(`staged_${dataset}`, parts);
  }

  async #register(table: PartTable, parts: readonly AthenaPart[]): Promise<void> {
    const name = qualified(table);
    const fresh = parts.filter(({ value }) => !this.#registered.has(`${name} ${value}`));
    if (fresh.length === 0) return;
    if (!this.#ready.has(name)) await this.#options.glue.ensure(table);
    this.#ready.add(name);
    await this.#options.glue.addPartitions(table, fresh);
    for (const { value } of fresh) this.#registered.add(`${name} ${value}`);
  }

  #tableOf(relation: string): PartTable {
    const { request, database, martTable } = this.#options;
    if (isMart(request.graph, relation)) return martTable(relation);
    return internalTable(database, relation, this.#columnsOf(relation));
  }

  #columnsOf(relation: string): readonly TypedColumn[] {
    if (relation.startsWith('_scopes_')) return scopeMonthColumns;
    const inputs = inputTableColumns(this.#datasets.get('channels'));
    if (relation in inputs) return inputs[relation as keyof InputTables];
    const dataset = this.#datasets.get(relation.replace(/^(?:_live|staged)_/, ''));
    if (dataset) return stagedColumns(dataset);
    throw new Error(`no columns are known of ${relation}`);
  }
}

function isMart(graph: ModelGraph, relation: string): boolean {
  return graph.get(relation)?.model.materialized === 'parts';
}
