import { type Dataset, dateColumnOf } from '../domain/dataset.ts';
import type { BuildRequest, BuiltParts } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import type { PartShelf } from './part-shelf.ts';
import type { PartWriter } from './part-writer.ts';
import {
  concerning,
  conflictsAmong,
  type RowGroup,
  rowGroups,
  type ScopeFamily,
  scopeMonthColumns,
} from './scope-family.ts';
import { liveRows, mentionedScopes, replacements, scopeMonths } from './settle-sql.ts';
import { selectFiles, stagedColumns } from './staged-sql.ts';

/** Hidden relation with the live rows of a dataset's contested scopes. */
export function settledRelation(dataset: string): string {
  return `_live_${dataset}`;
}

export interface SettlingTools {
  readonly engine: DuckDbEngine;
  readonly request: BuildRequest;
  readonly writer: PartWriter;
  readonly shelf: PartShelf;
}

/** Tables of a settling under way. */
export const tables = {
  mentioned: (family: ScopeFamily): string => `build.mentioned${family.relation}`,
  contested: (dataset: Dataset): string => `build.contested_${dataset.dataset}`,
  raw: (dataset: Dataset): string => `build.raw_${dataset.dataset}`,
};

/**
 * Finds the scopes of a family of which more than one export speaks, and settles what holds in them. Rows of other scopes
 * are never copied: they hold as they lie in their files.
 */
export async function settleAll(tools: SettlingTools, family: ScopeFamily): Promise<Map<string, BuiltParts>> {
  const hidden = new Map<string, BuiltParts>();
  const groups = rowGroups(family, tools.request.files);
  if (groups.length === 0) return hidden;
  await findMentioned(tools, family, groups);
  const months = { sql: scopeMonths(tables.mentioned(family)), columns: scopeMonthColumns, monthOf: 'month' };
  hidden.set(family.relation, { months: null, parts: await tools.writer.write(months) });
  for (const dataset of family.datasets) {
    if (!(await listContested(tools, family, dataset))) continue;
    hidden.set(settledRelation(dataset.dataset), await settleContested(tools, dataset, groups));
  }
  return hidden;
}

async function settleContested(
  tools: SettlingTools,
  dataset: Dataset,
  groups: readonly RowGroup[],
): Promise<BuiltParts> {
  const paths = tools.request.files.filter((file) => file.dataset === dataset.dataset).map((file) => file.path);
  const columns = stagedColumns(dataset);
  const limit = `semi join ${tables.contested(dataset)} using (_scope)`;
  await keep(tools, tables.raw(dataset), `${selectFiles(columns, paths)} ${paths.length === 0 ? '' : limit}`);
  const limited = groups.map((group) => ({ ...group, from: `(from ${group.from} ${limit})` }));
  const sql = liveRowsOf(tools, dataset, limited);
  return { months: null, parts: await tools.writer.write({ sql, columns, monthOf: dateColumnOf(dataset) }) };
}

export async function findMentioned(
  tools: SettlingTools,
  family: ScopeFamily,
  groups: readonly RowGroup[],
): Promise<void> {
  const { sources, conflicts } = conflictsAmong(family, groups, tools.request);
  await keep(tools, tables.mentioned(family), mentionedScopes(sources, conflicts));
}

/** Lists the contested scopes of a dataset; false where there are none. */
export async function listContested(tools: SettlingTools, family: ScopeFamily, dataset: Dataset): Promise<boolean> {
  const condition = `contains(contested, ',${dataset.dataset},')`;
  await keep(tools, tables.contested(dataset), `select _scope from ${tables.mentioned(family)} where ${condition}`);
  const found = await tools.engine.rows(`select 1 from ${tables.contested(dataset)} limit 1`);
  return found.length > 0;
}

/** Live rows of the scopes whose staged rows stand in the dataset's raw table. */
export function liveRowsOf(tools: SettlingTools, dataset: Dataset, groups: readonly RowGroup[]): string {
  const replacing = concerning(dataset, groups, tools.request.writes)
    .filter((group) => group.dataset !== dataset)
    .map((group) => replacements(dataset, group.from, false));
  return liveRows(dataset, tables.raw(dataset), [replacements(dataset, tables.raw(dataset), true), ...replacing]);
}

export async function keep(tools: SettlingTools, table: string, select: string): Promise<void> {
  await tools.engine.run(`create or replace table ${table} as ${select}`);
}
