import { WarehouseError } from '../domain/errors.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { Month } from '../domain/month.ts';
import type {
  BuildRequest,
  BuildSession,
  BuiltParts,
  Extent,
  ReadablePart,
  SettledChange,
  StagedChange,
  TracedCells,
  Tracing,
} from './build-session.ts';
import { settleChange, touchedScopes } from './change-settling.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { createInputTables } from './input-tables.ts';
import { InputViews } from './input-views.ts';
import { buildKeys, type KeyTools } from './key-building.ts';
import { buildMonthsByKey } from './month-keys.ts';
import { patchParts } from './part-patching.ts';
import { PartShelf } from './part-shelf.ts';
import { PartWriter } from './part-writer.ts';
import { type ScopeFamily, scopeFamilies } from './scope-family.ts';
import { type SettlingTools, settleAll } from './scope-settling.ts';
import { castList, modelColumns, withoutSemicolon } from './staged-sql.ts';
import { traceCells } from './trace-cells.ts';

/** Builds models in one in-memory database over the files of the lake; what it makes lies in the scratch folder. */
export class DuckDbBuildSession implements BuildSession, Tracing {
  readonly #engine: DuckDbEngine;
  readonly #shelf = new PartShelf();
  readonly #tools: SettlingTools;
  readonly #views: InputViews;
  readonly #families: readonly ScopeFamily[];
  readonly #keyed = new Map<string, string>();
  #touchedMonths = new Map<string, readonly Month[]>();

  private constructor(engine: DuckDbEngine, request: BuildRequest) {
    this.#engine = engine;
    this.#families = scopeFamilies(request.catalog.datasets);
    this.#tools = { engine, request, writer: new PartWriter(engine, request.scratch), shelf: this.#shelf };
    this.#views = new InputViews(engine, request, this.#shelf);
  }

  static async open(engine: DuckDbEngine, request: BuildRequest): Promise<DuckDbBuildSession> {
    const session = new DuckDbBuildSession(engine, request);
    await engine.run('set preserve_insertion_order = false');
    await engine.run('create schema build');
    const channels = request.catalog.datasets.find((dataset) => dataset.dataset === 'channels');
    await createInputTables(engine, request.tables, channels);
    await session.#views.layAll();
    return session;
  }

  async settleAll(): Promise<ReadonlyMap<string, BuiltParts>> {
    const hidden = new Map<string, BuiltParts>();
    for (const family of this.#families) {
      for (const [relation, built] of await settleAll(this.#tools, family)) hidden.set(relation, built);
    }
    return hidden;
  }

  async settleChange(change: StagedChange): Promise<SettledChange> {
    const hidden = new Map<string, BuiltParts>();
    const months = new Map<string, ReadonlySet<Month>>();
    let scopes = 0;
    const changed = new Set([...change.added, ...change.removed].map((file) => file.dataset));
    for (const family of this.#families) {
      if (!family.datasets.some((dataset) => changed.has(dataset.dataset))) continue;
      const settled = await settleChange(this.#tools, family, change);
      for (const [relation, built] of settled.hidden) hidden.set(relation, built);
      for (const dataset of family.datasets) months.set(dataset.dataset, settled.months);
      this.#touchedMonths.set(family.relation, [...settled.months]);
      scopes += settled.scopes;
    }
    return { hidden, touched: { months, scopes } };
  }

  setParts(relation: string, parts: readonly ReadablePart[]): void {
    this.#shelf.set(relation, parts);
  }

  async buildModel(model: ModelDefinition, extent: Extent): Promise<BuiltParts> {
    try {
      if (extent.kind === 'keys') return await buildKeys(this.#keyTools(), model);
      if (extent.kind === 'months' && extent.byKey)
        return await buildMonthsByKey(this.#keyTools(), model, extent.months);
      await this.#views.layFor(model, extent);
      if (extent.kind === 'scopes') return await this.#buildScopes(model);
      return await this.#build(model, extent);
    } catch (error) {
      if (!(error instanceof WarehouseError)) throw error;
      throw new WarehouseError(`cannot build ${model.model}: ${error.message}`, {
        where: model.file,
        next: error.next ?? 'mend the SQL or its YAML, then run `tidemark build` again',
        cause: error,
      });
    }
  }

  #keyTools(): KeyTools {
    const settled = new Set(this.#touchedMonths.keys());
    return { ...this.#tools, views: this.#views, settled, keyed: this.#keyed };
  }

  async #build(model: ModelDefinition, extent: Extent): Promise<BuiltParts> {
    const months = extent.kind === 'months' ? extent.months : null;
    const columns = modelColumns(model);
    const sql = withoutSemicolon(model.sql);
    const parts = await this.#tools.writer.write({ sql, columns, monthOf: model.month_of, only: months });
    return { months, parts };
  }

  async #buildScopes(model: ModelDefinition): Promise<BuiltParts> {
    const family = this.#views.familyOf(model);
    if (!family) throw new WarehouseError('a model that is rebuilt by scope has to read a staged dataset');
    const columns = modelColumns(model);
    const fresh = 'build.fresh_rows';
    await this.#engine.run(
      `create or replace table ${fresh} as select ${castList(columns)} from (${withoutSemicolon(model.sql)})`,
    );
    const near = [...(this.#touchedMonths.get(family.relation) ?? []), null];
    const old = this.#shelf.parts(model.model, near);
    return await patchParts(this.#tools, {
      ...{ columns, monthOf: model.month_of, old, fresh },
      ...{ key: '_scope', touched: touchedScopes(family) },
    });
  }

  async trace(mart: ModelDefinition, condition: string): Promise<TracedCells> {
    await this.#views.layAll();
    return await traceCells(this.#engine, mart, condition);
  }

  async close(): Promise<void> {
    this.#engine.close();
  }
}
