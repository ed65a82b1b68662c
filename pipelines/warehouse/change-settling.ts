import { quotedString } from '@duckdb/node-api';
import { type Dataset, dateColumnOf } from '../domain/dataset.ts';
import { type Month, monthOf, monthsBetween } from '../domain/month.ts';
import type { BuiltParts, ReadableFile, StagedChange } from './build-session.ts';
import { patchParts } from './part-patching.ts';
import { rowGroups, type ScopeFamily, scopeMonthColumns } from './scope-family.ts';
import {
  findMentioned,
  keep,
  listContested,
  liveRowsOf,
  type SettlingTools,
  settledRelation,
  tables,
} from './scope-settling.ts';
import { scopeMonths } from './settle-sql.ts';
import { selectFiles, stagedColumns, type TypedColumn } from './staged-sql.ts';

/** Table with the touched scopes of a family, and of all live rows in them, while a change is built. */
export const touchedScopes = (family: ScopeFamily): string => `build.touched${family.relation}`;
export const touchedRows = (dataset: string): string => `build.live_${dataset}`;

const earlier = (family: ScopeFamily): string => `build.earlier${family.relation}`;
const later = (family: ScopeFamily): string => `build.later${family.relation}`;

export interface SettledFamily {
  readonly hidden: ReadonlyMap<string, BuiltParts>;
  /** Months in which touched scopes had rows or have them now. */
  readonly months: ReadonlySet<Month>;
  readonly scopes: number;
}

/**
 * Settles the scopes that a change of the files mentions, from all their rows. What it reads of history beyond the
 * touched months is one column: the scopes by month.
 */
export async function settleChange(
  tools: SettlingTools,
  family: ScopeFamily,
  change: StagedChange,
): Promise<SettledFamily> {
  await listTouched(tools, family, change);
  const before = await readEarlierMonths(tools, family);
  await readTouchedRows(tools, family, change, before);
  const groups = rowGroups(family, tools.request.files).map((group) => ({
    ...group,
    from: `(from ${tables.raw(group.dataset)} where source = ${quotedString(group.source)})`,
  }));
  if (groups.length === 0) await keep(tools, later(family), selectFiles(scopeMonthColumns, []));
  else {
    await findMentioned(tools, family, groups);
    await keep(tools, later(family), scopeMonths(tables.mentioned(family)));
  }
  const after = await monthsIn(tools, later(family));

  const hidden = new Map<string, BuiltParts>();
  const months = { relation: family.relation, columns: scopeMonthColumns, monthOf: 'month' };
  hidden.set(family.relation, await rewrite(tools, family, { ...months, fresh: later(family) }, [...before, ...after]));
  for (const dataset of family.datasets) {
    await keep(tools, touchedRows(dataset.dataset), liveRowsOf(tools, dataset, groups));
    const isContested = groups.length > 0 && (await listContested(tools, family, dataset));
    const rewritten = await rewriteSettled(tools, family, dataset, isContested);
    if (rewritten) hidden.set(settledRelation(dataset.dataset), rewritten);
  }
  const [count] = await tools.engine.rows(`select count(*) as scopes from ${touchedScopes(family)}`);
  return { hidden, months: new Set([...before, ...after]), scopes: Number(count?.['scopes']) };
}

async function listTouched(tools: SettlingTools, family: ScopeFamily, change: StagedChange): Promise<void> {
  const names = new Set(family.datasets.map((dataset) => dataset.dataset));
  const files = [...change.added, ...change.removed].filter((file) => names.has(file.dataset));
  const column = [{ name: '_scope', type: 'bigint' }];
  const scopes = selectFiles(
    column,
    files.map((file) => file.path),
  );
  await keep(tools, touchedScopes(family), `select distinct _scope from (${scopes})`);
}

async function readEarlierMonths(tools: SettlingTools, family: ScopeFamily): Promise<Month[]> {
  const months = selectFiles(scopeMonthColumns, tools.shelf.paths(family.relation));
  await keep(tools, earlier(family), `from (${months}) semi join ${touchedScopes(family)} using (_scope)`);
  return await monthsIn(tools, earlier(family));
}

/** Reads all staged rows of the touched scopes: from the files that came, and from those that have rows in their months. */
async function readTouchedRows(
  tools: SettlingTools,
  family: ScopeFamily,
  change: StagedChange,
  before: readonly Month[],
): Promise<void> {
  const added = new Set(change.added.map((file) => file.key));
  const months = new Set(before);
  for (const dataset of family.datasets) {
    const files = tools.request.files.filter((file) => file.dataset === dataset.dataset);
    const paths = files.filter((file) => added.has(file.key) || hasRowsIn(file, months)).map((file) => file.path);
    const rows = selectFiles(stagedColumns(dataset), paths);
    const limit = paths.length === 0 ? '' : `semi join ${touchedScopes(family)} using (_scope)`;
    await keep(tools, tables.raw(dataset), `${rows} ${limit}`);
  }
}

function hasRowsIn(file: ReadableFile, months: ReadonlySet<Month>): boolean {
  if (file.undated > 0 && months.has(null)) return true;
  if (file.min_date === null || file.max_date === null) return false;
  return monthsBetween(monthOf(file.min_date), monthOf(file.max_date)).some((month) => months.has(month));
}

/** Rewrites the settled parts in which touched scopes had rows or have them now; undefined where there are none. */
async function rewriteSettled(
  tools: SettlingTools,
  family: ScopeFamily,
  dataset: Dataset,
  isContested: boolean,
): Promise<BuiltParts | undefined> {
  const relation = settledRelation(dataset.dataset);
  const date = dateColumnOf(dataset);
  const fresh = `build.settled_${dataset.dataset}`;
  const limit = isContested ? `semi join ${tables.contested(dataset)} using (_scope)` : 'where false';
  await keep(tools, fresh, `from ${touchedRows(dataset.dataset)} ${limit}`);

  const month = date === undefined ? 'cast(null as date)' : `date_trunc('month', ${date})`;
  const wasContested = `select month from ${earlier(family)} where contains(contested, ',${dataset.dataset},')`;
  const months = await monthsIn(tools, `(${wasContested} union select ${month} from ${fresh})`);
  if (months.length === 0) return undefined;
  const columns = stagedColumns(dataset);
  // An undated dataset has one part, whatever months its scope has in other datasets.
  return await rewrite(
    tools,
    family,
    { relation, columns, monthOf: date, fresh },
    date === undefined ? [null] : months,
  );
}

interface Rewriting {
  readonly relation: string;
  readonly columns: readonly TypedColumn[];
  readonly monthOf: string | undefined;
  /** Table with the rows of touched scopes as they are now. */
  readonly fresh: string;
}

/** New parts of these months: old rows of untouched scopes and fresh rows. */
async function rewrite(
  tools: SettlingTools,
  family: ScopeFamily,
  { relation, ...rows }: Rewriting,
  months: readonly Month[],
): Promise<BuiltParts> {
  const old = tools.shelf.parts(relation, months);
  return await patchParts(tools, { ...rows, old, key: '_scope', touched: touchedScopes(family) });
}

/** Distinct months of a relation with a column `month`. */
async function monthsIn(tools: Pick<SettlingTools, 'engine'>, relation: string): Promise<Month[]> {
  const rows = await tools.engine.rows(
    `select distinct strftime(month, '%Y-%m-01') as month from (from ${relation}) order by 1`,
  );
  return rows.map((row) => (row['month'] === null ? null : String(row['month'])));
}
