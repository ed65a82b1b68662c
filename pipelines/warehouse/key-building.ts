import { quotedIdentifier } from '@duckdb/node-api';
import type { ModelDefinition } from '../domain/model.ts';
import type { BuiltParts } from './build-session.ts';
import type { InputViews } from './input-views.ts';
import { patchParts } from './part-patching.ts';
import { keep, type SettlingTools } from './scope-settling.ts';
import { castList, columnList, modelColumns, selectFiles, type TypedColumn, withoutSemicolon } from './staged-sql.ts';

export interface KeyTools extends SettlingTools {
  readonly views: InputViews;
}

/** Names that stand on rows of inputs that changed; the keys that they stand for; all names of those keys. */
const changedNames = 'build.changed_names';
const touchedKeys = 'build.touched_keys';
const touchedNames = 'build.touched_names';
const freshRows = 'build.fresh_rows';
const changedKeys = 'build.changed_keys';

/** The column by which an input of a model that is computed by key says whose its rows are. */
export function nameColumn({ key = '', known_as: names }: ModelDefinition, relation: string): string {
  return names?.relation === relation ? names.name : key;
}

/** Rows of an input that belong to touched keys. */
export function ofTouchedKeys(rows: string, column: string): string {
  return `from (${rows}) as read_rows semi join ${touchedNames} as names on read_rows.${quotedIdentifier(column)} = names.name`;
}

/**
 * Computes a model for the keys of which a row of an input came, went or changed, from all their rows, and puts what
 * differs in the place of what was there. Its other rows are copied at most.
 */
export async function buildKeys(tools: KeyTools, model: ModelDefinition): Promise<BuiltParts> {
  const { engine, shelf, views } = tools;
  const { key = '' } = model;
  await findTouched(tools, model);
  await views.layFor(model, { kind: 'keys' });
  const columns = modelColumns(model);
  const named = `${touchedKeys} as touched on ${quotedIdentifier(key)} = touched.key`;
  const computed = `select ${castList(columns)} from (${withoutSemicolon(model.sql)})`;
  await keep(tools, freshRows, `from (${computed}) semi join ${named}`);
  const old = `from (${selectFiles(columns, shelf.paths(model.model))}) semi join ${named}`;
  const differing = differingNames(old, `from ${freshRows}`, columns, key);
  await keep(tools, changedKeys, `select distinct name as ${quotedIdentifier(key)} from (${differing})`);
  await engine.run(`delete from ${freshRows} where ${quotedIdentifier(key)} not in (from ${changedKeys})`);
  const patch = { columns, monthOf: model.month_of, key, touched: changedKeys, fresh: freshRows };
  return await patchParts(tools, { ...patch, old: shelf.parts(model.model) });
}

async function findTouched(tools: KeyTools, model: ModelDefinition): Promise<void> {
  const { request, shelf } = tools;
  const { key = '', known_as: names } = model;
  const changed = [`select cast(null as varchar) as name where false`];
  for (const relation of request.graph.get(model.model)?.inputs ?? []) {
    const columns = columnsOf(tools, relation);
    const { before, now } = shelf.changedPaths(relation);
    const whose = relation === names?.relation ? [names.name, names.key] : [key];
    if (before.length + now.length === 0) continue;
    for (const column of whose)
      changed.push(differingNames(selectFiles(columns, before), selectFiles(columns, now), columns, column));
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

/** Names on rows that only one of two selects has, or has more often. */
function differingNames(one: string, other: string, columns: readonly TypedColumn[], name: string): string {
  const side = (select: string, count: number) =>
    `select ${quotedIdentifier(name)} as name, hash(${columnList(columns)}) as row_hash, ${count} as side from (${select})`;
  return `select distinct name from (
      select name from (${side(one, 1)} union all ${side(other, -1)}) group by name, row_hash having sum(side) <> 0
    ) where name is not null`;
}

function columnsOf({ request }: KeyTools, relation: string): TypedColumn[] {
  const model = request.graph.get(relation)?.model;
  return model ? modelColumns(model) : [];
}
