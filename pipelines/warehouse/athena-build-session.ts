import { quotedIdentifier } from '@duckdb/node-api';
import { WarehouseError } from '../domain/errors.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { Month } from '../domain/month.ts';
import { putInputFiles } from './athena-input-files.ts';
import { AthenaInputs, type TouchedScopes } from './athena-inputs.ts';
import { AthenaPartWriter, dropAbandonedDrafts } from './athena-part-writer.ts';
import {
  type AthenaSettled,
  type AthenaSettlingTools,
  contestedDatasets,
  monthsOfScopes,
  settleFamily,
} from './athena-settling.ts';
import { AthenaShelf } from './athena-shelf.ts';
import type { AthenaStatements } from './athena-statements.ts';
import type {
  BuildRequest,
  BuildSession,
  BuiltParts,
  EngineUsage,
  Extent,
  ReadableFile,
  ReadablePart,
  SettledChange,
  StagedChange,
} from './build-session.ts';
import type { GlueTables, PartTable } from './glue-tables.ts';
import { familyOf, type ScopeFamily, scopeFamilies } from './scope-family.ts';
import { columnList, modelColumns } from './staged-sql.ts';
import type { LakeObjects } from './warehouse.ts';

export interface AthenaBuildOptions {
  readonly statements: AthenaStatements;
  readonly glue: GlueTables;
  readonly objects: LakeObjects;
  /** Glue database of builds. */
  readonly database: string;
  martTable(mart: string): PartTable;
  /** Unique to this build. */
  readonly build: string;
}

/** Builds models by statements of Athena over the files of the lake; drafts of what it makes lie in the lake too. */
export class AthenaBuildSession implements BuildSession {
  readonly #tools: AthenaSettlingTools;
  readonly #inputs: AthenaInputs;
  readonly #families: readonly ScopeFamily[];
  readonly #contested = new Map<string, ReadonlySet<string>>();
  readonly #touched = new Map<string, TouchedScopes>();

  private constructor(request: BuildRequest, options: AthenaBuildOptions) {
    this.#families = scopeFamilies(request.catalog.datasets);
    const shelf = new AthenaShelf({ ...options, request });
    const spanMonths = new Set(request.tables.calendar.map(({ month }) => month)).size;
    const writer = new AthenaPartWriter({ ...options, spanMonths });
    this.#tools = { request, statements: options.statements, shelf, writer };
    const contestedIn = (family: ScopeFamily) => this.#contestedIn(family);
    this.#inputs = new AthenaInputs({ request, shelf, families: this.#families, contestedIn });
  }

  static async open(request: BuildRequest, options: AthenaBuildOptions): Promise<AthenaBuildSession> {
    const session = new AthenaBuildSession(request, options);
    await dropAbandonedDrafts(options.glue, options.database);
    for (const [relation, parts] of await putInputFiles(request, options.objects)) session.setParts(relation, parts);
    return session;
  }

  async settleAll(): Promise<ReadonlyMap<string, BuiltParts>> {
    // Families have nothing in common, and Athena runs their statements side by side.
    const settled = await Promise.all(this.#families.map((family) => this.#settle(family)));
    return new Map(settled.flatMap(({ hidden }) => [...hidden]));
  }

  async settleChange(change: StagedChange): Promise<SettledChange> {
    const changed = [...change.added, ...change.removed];
    const touched = this.#families.filter(({ datasets }) =>
      datasets.some(({ dataset }) => changed.some((file) => file.dataset === dataset)),
    );
    const settled = await Promise.all(touched.map((family) => this.#settleTouched(family, changed)));
    const hidden = new Map(settled.flatMap((family) => [...family.hidden]));
    const months = new Map(settled.flatMap((family) => [...family.months]));
    return { hidden, touched: { months, scopes: settled.reduce((sum, family) => sum + family.scopes, 0) } };
  }

  /** Settles a family again, and finds the months in which scopes of changed files had rows or have them now. */
  async #settleTouched(family: ScopeFamily, changed: readonly ReadableFile[]) {
    const { shelf, statements } = this.#tools;
    const before = await shelf.select(family.relation, shelf.parts(family.relation));
    const { hidden, scopes } = await this.#settle(family);
    const files: string[] = [];
    for (const { dataset } of family.datasets) {
      const mine = changed.filter((file) => file.dataset === dataset);
      if (mine.length > 0) files.push(await shelf.selectFiles(dataset, mine));
    }
    const selects = files.map((rows) => `select _scope from (${rows}) as files where _scope is not null`);
    const select = selects.join(' union ');
    const all = scopes === undefined ? [before] : [before, scopes];
    const { months, count } = await monthsOfScopes(statements, select, all);
    this.#touched.set(family.relation, { family, select, months });
    const near: ReadonlySet<Month> = new Set(months);
    return { hidden, months: family.datasets.map(({ dataset }) => [dataset, near] as const), scopes: count };
  }

  setParts(relation: string, parts: readonly ReadablePart[]): void {
    this.#tools.shelf.set(relation, parts);
  }

  async buildModel(model: ModelDefinition, extent: Extent): Promise<BuiltParts> {
    try {
      if (extent.kind === 'scopes') return await this.#buildScopes(model);
      // Statements are paid by what they scan: finding out whose rows changed scans as much as computing all.
      return await this.#build(model, extent.kind === 'keys' ? { kind: 'all' } : extent);
    } catch (error) {
      if (!(error instanceof WarehouseError)) throw error;
      const { where = model.file, next, retryable } = error;
      throw new WarehouseError(`cannot build ${model.model}: ${error.message}`, {
        where: where === model.file ? where : `${model.file}, ${where}`,
        ...(next !== undefined && { next }),
        retryable,
        cause: error,
      });
    }
  }

  async #build(model: ModelDefinition, extent: Extent): Promise<BuiltParts> {
    const sql = await this.#inputs.select(model, extent);
    const only = extent.kind === 'months' ? extent.months : null;
    const columns = modelColumns(model);
    const { parts } = await this.#tools.writer.write({ sql, columns, monthOf: model.month_of, only });
    return { months: only, parts };
  }

  /** New parts of the months in which touched scopes had rows or have them now: rows of other scopes stay as they are. */
  async #buildScopes(model: ModelDefinition): Promise<BuiltParts> {
    const { request, shelf, writer } = this.#tools;
    const family = familyOf(model, request.graph, this.#families);
    const touched = this.#touched.get(family?.relation ?? '');
    if (!touched) throw new WarehouseError('a model that is rebuilt by scope has to read a staged dataset');
    const columns = modelColumns(model);
    const fresh = await this.#inputs.select(model, { kind: 'scopes' }, touched);
    const months = await this.#staleMonths(model, fresh, touched);
    const old = await shelf.select(model.model, shelf.parts(model.model, months ?? undefined));
    const isOther = `_scope is null or _scope not in (${touched.select})`;
    const list = columnList(columns);
    const sql = `select ${list} from (${old}) as old where ${isOther} union all select ${list} from (${fresh}\n) as fresh`;
    const { parts } = await writer.write({ sql, columns, monthOf: model.month_of, only: months });
    return { months, parts };
  }

  /** Null where the model has no months. */
  async #staleMonths(model: ModelDefinition, fresh: string, { select }: TouchedScopes): Promise<Month[] | null> {
    if (model.month_of === undefined) return null;
    const { shelf, statements } = this.#tools;
    const day = quotedIdentifier(model.month_of);
    const old = await shelf.select(model.model, shelf.parts(model.model));
    const days = `select ${day} as day from (${old}) as old where _scope in (${select})
      union all select ${day} from (${fresh}\n) as fresh`;
    const { rows } = await statements.rows(
      `select distinct date_format(day, '%Y-%m-01') from (${days}) as days order by 1`,
    );
    return rows.map(([month = null]) => month);
  }

  takeUsage(): EngineUsage {
    return this.#tools.statements.takeUsage();
  }

  async close(): Promise<void> {
    await this.#tools.writer.close();
  }

  async #settle(family: ScopeFamily): Promise<AthenaSettled> {
    const settled = await settleFamily(this.#tools, family);
    this.#contested.set(family.relation, settled.contested);
    return settled;
  }

  async #contestedIn(family: ScopeFamily): Promise<ReadonlySet<string>> {
    const known = this.#contested.get(family.relation);
    if (known) return known;
    const { shelf, statements } = this.#tools;
    const parts = shelf.parts(family.relation);
    const found =
      parts.length === 0
        ? new Set<string>()
        : await contestedDatasets(statements, await shelf.select(family.relation, parts));
    this.#contested.set(family.relation, found);
    return found;
  }
}
