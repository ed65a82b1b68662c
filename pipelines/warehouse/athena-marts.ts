import type { Table, TableInput } from '@aws-sdk/client-glue';
import { quotedString } from '@duckdb/node-api';
import type { ModelDefinition } from '../domain/model.ts';
import { type MartShape, martShapes, type Release } from '../domain/release.ts';
import { partColumn, partsOf, qualified } from './athena-relations.ts';
import { type DescribedColumn, type GlueTables, glueColumns, type PartTable } from './glue-tables.ts';
import type { PublicMarts } from './public-marts.ts';
import { columnList, modelColumns, withoutSemicolon } from './staged-sql.ts';
import type { LakeObjects, WarehouseCatalog } from './warehouse.ts';

/** The one view that says which parts make the current release; every mart is a view that reads it. */
const currentParts = 'current_parts';
const callsAtOnce = 6;
const owner = 'tidemark';

/** The table that holds every part of a mart, of releases past and to come. */
export function martTable(database: string, mart: string, columns: readonly DescribedColumn[]): PartTable {
  return {
    ...{ database, name: `${mart}_parts`, columns, partitionedBy: partColumn, location: '', evolves: true },
    description: `Parts of ${mart}, of every release that can still be read. Read ${mart} instead.`,
  };
}

/** Columns of a mart with what the data dictionary says of them. */
export function describedColumns(shape: MartShape, model: ModelDefinition | undefined): DescribedColumn[] {
  const described = new Map(model?.columns.map(({ name, description }) => [name, description]));
  return modelColumns(shape).map(({ name, type }) => {
    const description = described.get(name);
    return { name, type, ...(description && { comment: `${description.zh} / ${description.en}` }) };
  });
}

export interface AthenaMartsOptions {
  readonly glue: GlueTables;
  readonly objects: LakeObjects;
  readonly database: string;
  /** Says what marts and their columns mean. */
  readonly catalog: WarehouseCatalog;
}

/** The marts of a Glue database: one table of parts and one view each, and the view that switches them all. */
export class AthenaMarts implements PublicMarts {
  readonly #glue: GlueTables;
  readonly #objects: LakeObjects;
  readonly #database: string;
  readonly #catalog: WarehouseCatalog;
  #prepared: string | undefined;

  constructor(options: AthenaMartsOptions) {
    this.#catalog = options.catalog;
    this.#glue = options.glue;
    this.#objects = options.objects;
    this.#database = options.database;
  }

  async prepare(release: Release): Promise<void> {
    if (this.#prepared === release.id) return;
    const known = await this.#tables();
    const shown = listedParts(known.get(currentParts)?.ViewOriginalText);
    const stored = marts(release, this.#catalog).filter(([, { view }]) => view === undefined);
    await someAtATime(stored, async ([mart, shape]) => {
      const table = martTable(this.#database, mart, describedColumns(shape, modelOf(this.#catalog, mart)));
      const location = this.#objects.address(`marts/${mart}/`);
      const fresh = this.#partsOf(release, mart).filter(({ value }) => !shown.has(`${mart} ${value}`));
      await this.#glue.reconcile({ ...table, location }, known.get(table.name));
      await this.#glue.addPartitions(table, fresh);
    });
    this.#prepared = release.id;
  }

  async show(release: Release): Promise<void> {
    const known = await this.#tables();
    const parts = this.#currentParts(release);
    if (known.get(currentParts)?.ViewOriginalText !== parts.ViewOriginalText) await this.prepare(release);
    await this.#put(parts, known);
    const views = marts(release, this.#catalog).map(([mart, shape]) =>
      this.#martView(mart, shape, modelOf(this.#catalog, mart)),
    );
    await someAtATime(views, (view) => this.#put(view, known));
    const wanted = new Set([currentParts, ...views.map(({ Name }) => Name)]);
    const gone = [...known.values()].filter(({ Name, Parameters }) => Parameters?.[owner] && !wanted.has(Name));
    for (const { Name = '' } of gone) await this.#glue.drop(this.#database, Name);
  }

  async #put(view: TableInput, known: ReadonlyMap<string, Table>): Promise<void> {
    const there = known.get(view.Name ?? '');
    if (!there) return await this.#glue.create(this.#database, view);
    const isSame = there.ViewOriginalText === view.ViewOriginalText && commentsOf(there) === commentsOf(view);
    if (!isSame) await this.#glue.replace(this.#database, view);
  }

  async #tables(): Promise<Map<string, Table>> {
    return new Map((await this.#glue.list(this.#database)).map((table) => [table.Name ?? '', table]));
  }

  #partsOf(release: Release, mart: string) {
    const parts = release.parts[mart] ?? [];
    return partsOf(
      parts.flatMap(({ month, keys }) => keys.map((key) => ({ month, path: this.#objects.address(key) }))),
    );
  }

  #currentParts(release: Release): TableInput {
    const rows = marts(release, this.#catalog).flatMap(([mart]) =>
      this.#partsOf(release, mart).map(({ value }) => `(${quotedString(mart)}, ${quotedString(value)})`),
    );
    const list = rows.length === 0 ? `(values ('', '')) as parts (mart, part) where false` : listOf(rows);
    const texts = ['mart', 'part'].map((name) => `cast(${name} as varchar) as ${name}`);
    return viewInput({
      database: this.#database,
      name: currentParts,
      description: 'The parts of the current release; replaced when a release takes the place of another',
      columns: ['release', 'mart', 'part'].map((name) => ({ name, type: 'varchar' })),
      sql: `select cast(${quotedString(release.id)} as varchar) as release, ${texts.join(', ')} from ${list}`,
    });
  }

  #martView(mart: string, shape: MartShape, model: ModelDefinition | undefined): TableInput {
    const columns = describedColumns(shape, model);
    const parts = qualified({ database: this.#database, name: `${mart}_parts` });
    const listed = `select part from ${qualified({ database: this.#database, name: currentParts })} where mart = ${quotedString(mart)}`;
    const sql =
      shape.view === undefined
        ? `select ${columnList(columns)} from ${parts} where ${partColumn} in (${listed})`
        : `select ${columnList(columns)} from (${withoutSemicolon(shape.view)}\n) as mart`;
    const description = model && `${model.description.zh} / ${model.description.en}`;
    return viewInput({ database: this.#database, name: mart, columns, sql, ...(description && { description }) });
  }
}

interface View {
  readonly database: string;
  readonly name: string;
  readonly description?: string;
  readonly columns: readonly DescribedColumn[];
  readonly sql: string;
}

/**
 * A view as Athena itself writes it into Glue. Its description stands among the parameters: Trino takes Glue's own for the
 * comment by which it knows a view, and would find none.
 */
function viewInput({ database, name, description, columns, sql }: View): TableInput {
  const types = columns.map((column) => ({
    name: column.name,
    type: column.type === 'timestamp' ? 'timestamp(3)' : column.type,
  }));
  const definition = { originalSql: sql, catalog: 'awsdatacatalog', schema: database, columns: types };
  const text = Buffer.from(JSON.stringify({ ...definition, runAsInvoker: true, path: [] })).toString('base64');
  return {
    Name: name,
    TableType: 'VIRTUAL_VIEW',
    Parameters: {
      presto_view: 'true',
      comment: 'Presto View',
      [owner]: 'view',
      ...(description && { description }),
    },
    PartitionKeys: [],
    StorageDescriptor: { Columns: glueColumns(columns), Location: '', SerdeInfo: {} },
    ViewOriginalText: `/* Presto View: ${text} */`,
    ViewExpandedText: '/* Presto View */',
  };
}

/** Glue answers slowly and takes few calls at once. */
async function someAtATime<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: callsAtOnce }, worker));
}

function listOf(rows: readonly string[]): string {
  return `(values ${rows.join(', ')}) as parts (mart, part)`;
}

/** "mart part" of every part that the view lists: those are registered for certain. */
function listedParts(viewText: string | undefined): Set<string> {
  const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(viewText ?? '') ?? [];
  if (encoded === undefined) return new Set();
  const { originalSql } = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { originalSql: string };
  const rows = originalSql.matchAll(/\('([^']+)', '([^']+)'\)/g);
  return new Set([...rows].map(([, mart, part]) => `${mart} ${part}`));
}

function marts(release: Release, catalog: WarehouseCatalog): [string, MartShape][] {
  return Object.entries(release.marts ?? martShapes(catalog.models));
}

function modelOf(catalog: WarehouseCatalog, mart: string): ModelDefinition | undefined {
  return catalog.models.find(({ model }) => model === mart);
}

function commentsOf(table: Pick<TableInput, 'Parameters' | 'StorageDescriptor'>): string {
  const columns = table.StorageDescriptor?.Columns ?? [];
  return JSON.stringify([
    table.Parameters?.['description'] ?? '',
    columns.map(({ Name, Comment = '' }) => [Name, Comment]),
  ]);
}
