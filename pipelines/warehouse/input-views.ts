import { quotedIdentifier } from '@duckdb/node-api';
import { type Dataset, dateColumnOf } from '../domain/dataset.ts';
import type { ModelDefinition } from '../domain/model.ts';
import { machineRelations } from '../domain/model-graph.ts';
import type { Month } from '../domain/month.ts';
import type { BuildRequest, Extent } from './build-session.ts';
import { touchedRows, touchedScopes } from './change-settling.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { mayHaveRowsIn, windowOf } from './extent-window.ts';
import type { PartShelf } from './part-shelf.ts';
import { familyOf, type ScopeFamily, scopeFamilies, scopeMonthColumns } from './scope-family.ts';
import { settledRelation } from './scope-settling.ts';
import { columnList, inMonths, modelColumns, selectFiles, stagedColumns, withoutSemicolon } from './staged-sql.ts';

/** Limits the rows of a relation, given as a select. */
type LimitRows = (relation: string, rows: string) => string;

/**
 * Lays the relations that a model reads under their names, each limited to the extent that is computed. Views on top of
 * them are made once: they follow whatever lies below.
 */
export class InputViews {
  readonly #engine: DuckDbEngine;
  readonly #request: BuildRequest;
  readonly #shelf: PartShelf;
  readonly #families: readonly ScopeFamily[];
  readonly #datasets: ReadonlyMap<string, Dataset>;
  /** Relation → the select under its name; most models of a build read the same files as the one before. */
  readonly #laid = new Map<string, string>();
  /** Select → whether it finds anything: parts never change. */
  readonly #found = new Map<string, boolean>();

  constructor(engine: DuckDbEngine, request: BuildRequest, shelf: PartShelf) {
    this.#engine = engine;
    this.#request = request;
    this.#shelf = shelf;
    this.#families = scopeFamilies(request.catalog.datasets);
    this.#datasets = new Map(request.catalog.datasets.map((dataset) => [`staged_${dataset.dataset}`, dataset]));
  }

  /** Lays every relation without limits, then the models that are views. */
  async layAll(): Promise<void> {
    const all: Extent = { kind: 'all' };
    const materialised = [...this.#request.graph.values()].filter(({ model }) => model.materialized === 'parts');
    const relations = [...machineRelations, ...this.#datasets.keys(), ...materialised.map(({ model }) => model.model)];
    for (const relation of relations) await this.#create(relation, await this.#select(relation, all, []));
    for (const { model } of this.#request.graph.values()) {
      if (model.materialized === 'view') await this.#create(model.model, model.sql);
    }
  }

  /** Lays what a model reads, limited to an extent, and to what a limit leaves of each relation's rows. */
  async layFor(model: ModelDefinition, extent: Extent, limitRows: LimitRows = (_, rows) => rows): Promise<void> {
    const window = extent.kind === 'months' ? windowOf(model, extent.months) : [];
    for (const relation of this.#request.graph.get(model.model)?.inputs ?? []) {
      const limit: Extent = model.reads_all_before?.includes(relation) ? { kind: 'all' } : extent;
      await this.#create(relation, limitRows(relation, await this.#select(relation, limit, window)));
    }
  }

  /** The family whose scopes a model is computed by. */
  familyOf(model: ModelDefinition): ScopeFamily | undefined {
    return familyOf(model, this.#request.graph, this.#families);
  }

  async #select(relation: string, extent: Extent, window: readonly Month[]): Promise<string> {
    if (relation === 'calendar') return limitDays('from build.calendar', 'day', extent, window);
    if (relation === 'staged_channels' || isMachineRelation(relation)) return `from build.${relation}`;
    const dataset = this.#datasets.get(relation);
    if (dataset) return await this.#selectStaged(dataset, extent, window);
    return this.#selectModel(relation, extent, window);
  }

  async #selectStaged(dataset: Dataset, extent: Extent, window: readonly Month[]): Promise<string> {
    const columns = stagedColumns(dataset);
    if (extent.kind === 'scopes') return `select ${columnList(columns)} from ${touchedRows(dataset.dataset)}`;
    const date = dateColumnOf(dataset);
    const months = extent.kind === 'months' && date !== undefined && !window.includes(null) ? window : undefined;
    const files = this.#request.files.filter(
      (file) => file.dataset === dataset.dataset && (!months || mayHaveRowsIn(file, new Set(months))),
    );
    const limit = months && date !== undefined ? `where ${inMonths(date, [...months, null])}` : '';
    const rows = selectFiles(
      columns,
      files.map((file) => file.path),
    );
    const contested = await this.#contestedScopes(dataset, months);
    if (contested === undefined) return `from (${rows}) ${limit}`;
    const settled = selectFiles(
      columns,
      this.#shelf.paths(settledRelation(dataset.dataset), months && [...months, null]),
    );
    return `from (from (${rows}) anti join (${contested}) using (_scope) union all ${settled}) ${limit}`;
  }

  /** A select of the scopes whose rows do not hold as they lie in their files; undefined where there are none. */
  async #contestedScopes(dataset: Dataset, months: readonly Month[] | undefined): Promise<string | undefined> {
    const family = this.#families.find(({ datasets }) => datasets.includes(dataset));
    const paths = this.#shelf.paths(family?.relation ?? '', months && [...months, null]);
    if (paths.length === 0) return undefined;
    const condition = `contains(contested, ',${dataset.dataset},')`;
    const select = `select distinct _scope from (${selectFiles(scopeMonthColumns, paths)}) where ${condition}`;
    const isContested = this.#found.get(select) ?? (await this.#engine.rows(`${select} limit 1`)).length > 0;
    this.#found.set(select, isContested);
    return isContested ? select : undefined;
  }

  #selectModel(name: string, extent: Extent, window: readonly Month[]): string {
    const model = this.#request.graph.get(name)?.model;
    const columns = model ? modelColumns(model) : [];
    const isLimited = extent.kind === 'months' && model?.month_of !== undefined && !window.includes(null);
    const rows = selectFiles(columns, this.#shelf.paths(name, isLimited ? window : undefined));
    const family = model?.rebuild === 'scope' ? this.familyOf(model) : undefined;
    return extent.kind === 'scopes' && family
      ? `from (${rows}) semi join ${touchedScopes(family)} using (_scope)`
      : rows;
  }

  async #create(relation: string, select: string): Promise<void> {
    if (this.#laid.get(relation) === select) return;
    await this.#engine.run(`create or replace view ${quotedIdentifier(relation)} as ${withoutSemicolon(select)}`);
    this.#laid.set(relation, select);
  }
}

function isMachineRelation(relation: string): boolean {
  return (machineRelations as readonly string[]).includes(relation);
}

function limitDays(select: string, column: string, extent: Extent, window: readonly Month[]): string {
  if (extent.kind !== 'months' || window.includes(null)) return select;
  return `${select} where ${inMonths(column, window)}`;
}
