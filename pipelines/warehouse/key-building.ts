import { quotedIdentifier } from '@duckdb/node-api';
import type { ModelDefinition } from '../domain/model.ts';
import type { Month } from '../domain/month.ts';
import type { BuiltParts, ReadablePart } from './build-session.ts';
import type { InputViews } from './input-views.ts';
import { filesNamedIn, patchParts } from './part-patching.ts';
import { keep, type SettlingTools } from './scope-settling.ts';
import {
  castList,
  columnList,
  inMonths,
  modelColumns,
  parquet,
  selectFiles,
  type TypedColumn,
  withoutSemicolon,
} from './staged-sql.ts';

export interface KeyTools extends SettlingTools {
  readonly views: InputViews;
  /** Relations of the families of which touched scopes were listed. */
  readonly settled: ReadonlySet<string>;
  /** Models of which this session knows the keys whose rows differ, with the column of the key. */
  readonly keyed: Map<string, string>;
}

/** Names that stand on rows of inputs that changed; the keys that they stand for; all names of those keys. */
const changedNames = 'build.changed_names';
export const touchedKeys = 'build.touched_keys';
const touchedNames = 'build.touched_names';
const freshRows = 'build.fresh_rows';
const oldRows = 'build.old_rows';
const changedKeys = (model: string): string => `build.changed_keys_of_${model}`;

/**
 * Computes a model for the keys of which a row of an input came, went or changed, from all their rows, and puts what
 * differs in the place of what was there. Its other rows are copied at most.
 */
export async function buildKeys(tools: KeyTools, model: ModelDefinition): Promise<BuiltParts> {
  const { key = '', known_as: names } = model;
  await findTouched(tools, model);
  await tools.views.layFor(model, { kind: 'keys' }, (relation, rows) => {
    const column = quotedIdentifier(relation === names?.relation ? names.name : key);
    return `from (${rows}) as read_rows semi join ${touchedNames} as names on read_rows.${column} = names.name`;
  });
  return await replaceTouched(tools, model, null);
}

/**
 * Computes the rows of touched keys, and puts those of keys that differ in the place of what was there; with months, there
 * only. What the model reads has been laid.
 */
export async function replaceTouched(
  tools: KeyTools,
  model: ModelDefinition,
  months: readonly Month[] | null,
): Promise<BuiltParts> {
  const { engine, shelf } = tools;
  const { key = '', month_of: monthOf } = model;
  const columns = modelColumns(model);
  const named = `semi join ${touchedKeys} as touched on ${quotedIdentifier(key)} = touched.key`;
  const limit = months && monthOf !== undefined ? `where ${inMonths(monthOf, months)}` : '';
  const computed = `select ${castList(columns)} from (${withoutSemicolon(model.sql)})`;
  await keep(tools, freshRows, `from (${computed}) ${named} ${limit}`);
  const parts = shelf.parts(model.model, months ?? undefined);
  await keepOldRows(tools, columns, parts, named);
  const changed = changedKeys(model.model);
  const column = quotedIdentifier(key);
  const differing = differingNames(`from ${oldRows}`, `from ${freshRows}`, columns, key);
  await keep(tools, changed, `select distinct name as ${column} from (${differing})`);
  tools.keyed.set(model.model, key);
  await engine.run(`delete from ${freshRows} where ${column} not in (from ${changed})`);
  const hit = await filesNamedIn(engine, `${oldRows} semi join ${changed} using (${column})`);
  return await patchParts(tools, { columns, monthOf, key, touched: changed, fresh: freshRows, old: parts, hit });
}

/** Rows of touched keys as they lie in parts, with the file of each: large parts are read once for both. */
async function keepOldRows(
  tools: KeyTools,
  columns: readonly TypedColumn[],
  parts: readonly ReadablePart[],
  limit: string,
): Promise<void> {
  const paths = parts.flatMap((part) => part.paths);
  const rows = `select ${castList(columns)}, filename from ${parquet(paths, true)} ${limit}`;
  await keep(
    tools,
    oldRows,
    paths.length === 0 ? `select *, cast(null as varchar) as filename from (${selectFiles(columns, [])})` : rows,
  );
}

async function findTouched(tools: KeyTools, model: ModelDefinition): Promise<void> {
  const { request, shelf } = tools;
  const { key = '', known_as: names } = model;
  const changed = [`select cast(null as varchar) as name where false`];
  for (const relation of request.graph.get(model.model)?.inputs ?? []) {
    const whose = relation === names?.relation ? [names.name, names.key] : [key];
    for (const column of whose) changed.push(...namesOnChangedRows(tools, relation, column));
  }
  await keep(tools, changedNames, changed.join('\nunion\n'));
  if (!names) {
    await keep(tools, touchedKeys, `select name as key from ${changedNames}`);
    await keep(tools, touchedNames, `from ${changedNames}`);
    return;
  }
  const columns = [names.name, names.key].map(quotedIdentifier);
  const links = `select ${columns[0]} as name, ${columns[1]} as key from (${selectFiles(columnsOf(tools, names.relation), shelf.paths(names.relation))})`;
  // Where a name stood for another key before, both keys are on rows that changed.
  const stoodFor = `select key from (${links}) semi join ${changedNames} using (name)`;
  await keep(tools, touchedKeys, `select name as key from ${changedNames} union ${stoodFor}`);
  const allNames = `select name from (${links}) semi join ${touchedKeys} using (key)`;
  await keep(tools, touchedNames, `select key as name from ${touchedKeys} union ${allNames}`);
}

/** A select of the names in a column of an input's rows that came, went or changed; none where its files did not. */
export function namesOnChangedRows(tools: KeyTools, relation: string, column: string): string[] {
  const { before, now } = tools.shelf.changedPaths(relation);
  if (before.length + now.length === 0) return [];
  if (tools.keyed.get(relation) === column) {
    return [`select ${quotedIdentifier(column)} as name from ${changedKeys(relation)}`];
  }
  const columns = columnsOf(tools, relation);
  return [differingNames(selectFiles(columns, before), selectFiles(columns, now), columns, column)];
}

/** Names on rows that only one of two selects has, or has more often. */
function differingNames(one: string, other: string, columns: readonly TypedColumn[], name: string): string {
  const side = (select: string, count: number) =>
    `select ${quotedIdentifier(name)} as name, hash(${columnList(columns)}) as row_hash, ${count} as side from (${select})`;
  return `select distinct name from (
      select name from (${side(one, 1)} union all ${side(other, -1)}) group by name, row_hash having sum(side) <> 0
    ) where name is not null`;
}

export function columnsOf({ request }: Pick<KeyTools, 'request'>, relation: string): TypedColumn[] {
  const model = request.graph.get(relation)?.model;
  return model ? modelColumns(model) : [];
}
