import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type Definitions, loadDefinitions } from '../../pipelines/definitions.ts';
import { provenanceColumns, sqlTypes } from '../../pipelines/domain/dataset.ts';
import type { ModelDefinition } from '../../pipelines/domain/model.ts';
import { DuckDbEngine } from '../../pipelines/warehouse/duckdb-engine.ts';

export type Rows = readonly Readonly<Record<string, unknown>>[];

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Relations that the machine gives to models beside the staged datasets. */
const machineTables: Readonly<Record<string, readonly Column[]>> = {
  run_settings: columns('as_of date, reporting_currency varchar'),
  calendar: columns('day date, week date, month date'),
  zone_offsets: columns('timezone varchar, from_at timestamp, until_at timestamp, offset_minutes bigint'),
  staged_receipts: columns(
    'source varchar, channel_id varchar, dataset varchar, file varchar, export varchar, status varchar, rows_in bigint, ' +
      'accepted bigint, rejected bigint, repeated bigint, landed_at timestamp, exported_at timestamp, min_date date, max_date date, staged_rows bigint',
  ),
  staged_reject_reasons: columns('source varchar, export varchar, reason varchar, count bigint, example_line bigint'),
};

function columns(list: string): readonly Column[] {
  return list.split(', ').map((item) => {
    const [name = '', type = ''] = item.split(' ');
    return { name, type };
  });
}

/**
 * A real DuckDB with the prelude, in which models can be computed from rows that a test gives. Every relation that a
 * model reads is there: given ones as tables, the rest empty or as the models that they are.
 */
export class ModelDatabase {
  readonly definitions: Definitions;
  readonly #engine: DuckDbEngine;

  private constructor(engine: DuckDbEngine, definitions: Definitions) {
    this.#engine = engine;
    this.definitions = definitions;
  }

  static async open(definitions: Definitions = loadDefinitions()): Promise<ModelDatabase> {
    return new ModelDatabase(await DuckDbEngine.open({}), definitions);
  }

  close(): void {
    this.#engine.close();
  }

  /**
   * Lays out what is given, in a schema of its own that replaces the last one, and builds every model on it.
   * @param wanted only these models and what they read; that is faster
   */
  async give(given: Readonly<Record<string, Rows>>, wanted?: readonly string[]): Promise<void> {
    await this.#engine.run('drop schema if exists test cascade');
    await this.#engine.run('create schema test');
    await this.#engine.run('set schema = test');
    const inputs = this.#inputs();
    const needed = this.#readBy(wanted ?? [...this.definitions.models.keys()], given);
    for (const [relation, shape] of inputs)
      if (needed.has(relation)) await this.#create(relation, shape, given[relation] ?? []);
    for (const relation of Object.keys(given)) await this.#createModelTable(relation, given[relation] ?? []);
    for (const relation of Object.keys(given)) needed.delete(relation);
    await this.#createModels(needed);
  }

  async rows(sql: string): Promise<Rows> {
    return await this.#engine.rows(sql);
  }

  /** Rows of a select with only the named columns, in the order of all of them. */
  async columnsOf(relation: string, names: readonly string[], where = 'true'): Promise<Rows> {
    const list = names.map((name) => quotedIdentifier(name)).join(', ');
    return await this.rows(`select ${list} from ${quotedIdentifier(relation)} where ${where} order by all`);
  }

  /** Gives rows the types of a model's columns, so that what is expected reads as what is computed. */
  async typed(model: ModelDefinition, names: readonly string[], rows: Rows): Promise<Rows> {
    const shape = model.columns
      .map(({ name, type }) => ({ name, type: type === 'ratio' ? 'decimal(20,6)' : sqlTypes[type] }))
      .filter(({ name }) => names.includes(name));
    await this.#create('expected', shape, rows);
    return await this.columnsOf('expected', names);
  }

  /** Relations that these models name, directly or through others; a given one is not looked into. */
  #readBy(wanted: readonly string[], given: Readonly<Record<string, Rows>>): Set<string> {
    const needed = new Set<string>();
    const open = [...wanted];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (needed.has(name)) continue;
      needed.add(name);
      const text = name in given ? '' : (this.definitions.models.get(name)?.sql ?? '');
      for (const [, relation = ''] of text.matchAll(/\b(?:from|join)\s+(\w+)/g)) open.push(relation);
    }
    return needed;
  }

  #inputs(): Map<string, readonly Column[]> {
    const staged = [...this.definitions.datasets.values()].map((dataset) => {
      const all = [...dataset.columns, ...provenanceColumns];
      return [
        `staged_${dataset.dataset}`,
        all.map(({ name, type }) => ({ name: name as string, type: sqlTypes[type] })),
      ] as const;
    });
    return new Map([...staged, ...Object.entries(machineTables)]);
  }

  async #createModelTable(relation: string, rows: Rows): Promise<void> {
    if (this.#inputs().has(relation)) return;
    const model = this.definitions.models.get(relation);
    if (!model) throw new Error(`no relation is called ${relation}`);
    const shape = model.columns.map(({ name, type }) => ({
      name: name as string,
      type: type === 'ratio' ? 'decimal(20,6)' : sqlTypes[type],
    }));
    await this.#create(relation, shape, rows);
  }

  async #create(relation: string, shape: readonly Column[], rows: Rows): Promise<void> {
    const list = shape.map(({ name, type }) => `${quotedIdentifier(name)} ${type}`).join(', ');
    await this.#engine.run(`create or replace table ${quotedIdentifier(relation)} (${list})`);
    for (const row of rows) {
      const names = Object.keys(row);
      const values = names.map((name) => literal(row[name]));
      await this.#engine.run(
        `insert into ${quotedIdentifier(relation)} (${names.map((name) => quotedIdentifier(name)).join(', ')})
         values (${values.join(', ')})`,
      );
    }
  }

  /** A select binds what it reads, so models are tried until those that they read are there. */
  async #createModels(needed: ReadonlySet<string>): Promise<void> {
    let waiting = [...this.definitions.models.values()].filter((model) => needed.has(model.model));
    while (waiting.length > 0) {
      const left: ModelDefinition[] = [];
      let reason: unknown;
      for (const model of waiting) {
        try {
          const kind = model.materialized === 'view' ? 'view' : 'table';
          await this.#engine.run(`create ${kind} ${quotedIdentifier(model.model)} as ${model.sql}`);
        } catch (error) {
          reason = error;
          left.push(model);
        }
      }
      if (left.length === waiting.length) throw new Error(`cannot create ${left[0]?.model}`, { cause: reason });
      waiting = left;
    }
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' ? quotedString(value) : String(value);
}
