import { quotedIdentifier } from '@duckdb/node-api';
import { type Dataset, dateColumnOf } from '../domain/dataset.ts';
import type { ModelDefinition } from '../domain/model.ts';
import { machineRelations } from '../domain/model-graph.ts';
import type { Month } from '../domain/month.ts';
import type { AthenaShelf } from './athena-shelf.ts';
import type { BuildRequest, Extent } from './build-session.ts';
import { mayHaveRowsIn, windowOf } from './extent-window.ts';
import { familyOf, type ScopeFamily } from './scope-family.ts';
import { settledRelation } from './scope-settling.ts';
import { columnList, inMonths, stagedColumns, withoutSemicolon } from './staged-sql.ts';

export interface AthenaInputOptions {
  readonly request: BuildRequest;
  readonly shelf: AthenaShelf;
  readonly families: readonly ScopeFamily[];
  /** Datasets of a family of which some scope is contested. */
  contestedIn(family: ScopeFamily): Promise<ReadonlySet<string>>;
}

/** Scopes of which something came or went, as a select, and the months in which they had rows or have them now. */
export interface TouchedScopes {
  readonly family: ScopeFamily;
  readonly select: string;
  readonly months: readonly Month[];
}

/** The relations that a model reads, as common table expressions of its own statement: no view that two builds share. */
export class AthenaInputs {
  readonly #options: AthenaInputOptions;
  readonly #datasets: ReadonlyMap<string, Dataset>;

  constructor(options: AthenaInputOptions) {
    this.#options = options;
    this.#datasets = new Map(options.request.catalog.datasets.map((dataset) => [`staged_${dataset.dataset}`, dataset]));
  }

  /** A model's select with all that it reads, limited to an extent; to touched scopes, where these are given. */
  async select(model: ModelDefinition, extent: Extent, touched?: TouchedScopes): Promise<string> {
    const { graph } = this.#options.request;
    const window = extent.kind === 'months' ? windowOf(model, extent.months) : undefined;
    const relations: string[] = [];
    for (const name of graph.get(model.model)?.inputs ?? []) {
      const months = model.reads_all_before?.includes(name) || window?.includes(null) ? undefined : window;
      const select = touched ? await this.#touchedRows(name, touched) : await this.#relation(name, months);
      relations.push(`${quotedIdentifier(name)} as (${select})`);
    }
    for (const name of this.#viewsBelow(model)) {
      relations.push(`${quotedIdentifier(name)} as (${withoutSemicolon(graph.get(name)?.model.sql ?? '')}\n)`);
    }
    const sql = `select * from (${withoutSemicolon(model.sql)}\n) as model`;
    return relations.length === 0 ? sql : `with ${relations.join(',\n')}\n${sql}`;
  }

  /** Rows of touched scopes, of a relation that has scopes of this family; of any other relation, all rows. */
  async #touchedRows(name: string, { family, select, months }: TouchedScopes): Promise<string> {
    const { request, families } = this.#options;
    const dataset = this.#datasets.get(name);
    const isStaged = dataset !== undefined && family.datasets.includes(dataset);
    const model = request.graph.get(name)?.model;
    const isKept = model?.rebuild === 'scope' && familyOf(model, request.graph, families) === family;
    const rows = await this.#relation(name, isStaged ? months : undefined);
    return isStaged || isKept ? `select * from (${rows}) as found where _scope in (${select})` : rows;
  }

  /** A select of the staged rows of some files that hold as they lie, or as they were settled. */
  async #relation(name: string, months: readonly Month[] | undefined): Promise<string> {
    const { shelf, request } = this.#options;
    if (name === 'calendar') {
      const days = await shelf.select(name, shelf.parts(name));
      return months ? `select * from (${days}) as days where ${inMonths('day', months)}` : days;
    }
    if (name === 'staged_channels' || (machineRelations as readonly string[]).includes(name)) {
      return await shelf.select(name, shelf.parts(name));
    }
    const dataset = this.#datasets.get(name);
    if (dataset) return await this.#staged(dataset, months);
    const isDated = request.graph.get(name)?.model.month_of !== undefined;
    return await shelf.select(name, shelf.parts(name, isDated ? months : undefined));
  }

  async #staged(dataset: Dataset, wanted: readonly Month[] | undefined): Promise<string> {
    const { shelf, request, families } = this.#options;
    const date = dateColumnOf(dataset);
    const months = date === undefined ? undefined : wanted;
    const files = request.files.filter(
      (file) => file.dataset === dataset.dataset && (!months || mayHaveRowsIn(file, new Set(months))),
    );
    const rows = await shelf.selectFiles(dataset.dataset, files);
    const family = families.find(({ datasets }) => datasets.includes(dataset));
    const isContested = family && (await this.#options.contestedIn(family)).has(dataset.dataset);
    const live = family && isContested ? await this.#settled(dataset, family, rows, months) : rows;
    const limit = months && date !== undefined ? ` where ${inMonths(date, [...months, null])}` : '';
    return limit === '' ? live : `select * from (${live}) as live${limit}`;
  }

  async #settled(
    dataset: Dataset,
    family: ScopeFamily,
    rows: string,
    months: readonly Month[] | undefined,
  ): Promise<string> {
    const { shelf } = this.#options;
    const near = months && [...months, null];
    const scopes = await shelf.select(family.relation, shelf.parts(family.relation, near));
    const relation = settledRelation(dataset.dataset);
    const settled = await shelf.select(relation, shelf.parts(relation, near));
    const columns = stagedColumns(dataset);
    const list = columns.map(({ name }) => `staged.${quotedIdentifier(name)}`).join(', ');
    return `
      select ${list} from (${rows}) as staged
      left join (${contestedScopes(scopes, dataset)}) as contested on staged._scope = contested._scope
      where contested._scope is null
      union all
      select ${columnList(columns)} from (${settled}) as settled`;
  }

  /** Views that a model reads, directly or through others, each after what it reads. */
  #viewsBelow(model: ModelDefinition): string[] {
    const { graph } = this.#options.request;
    const reached = new Set<string>();
    const visit = (name: string): void => {
      for (const read of graph.get(name)?.reads ?? []) {
        if (graph.get(read)?.model.materialized !== 'view' || reached.has(read)) continue;
        reached.add(read);
        visit(read);
      }
    };
    visit(model.model);
    return [...graph.keys()].filter((name) => reached.has(name));
  }
}

/** Distinct scopes of which more than one export speaks for a dataset. */
export function contestedScopes(scopes: string, dataset: Dataset): string {
  return `select distinct _scope from (${scopes}) as scopes where strpos(contested, ',${dataset.dataset},') > 0`;
}
