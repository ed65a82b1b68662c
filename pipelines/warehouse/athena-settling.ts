import { type Dataset, dateColumnOf } from '../domain/dataset.ts';
import type { Month } from '../domain/month.ts';
import { contestedScopes } from './athena-inputs.ts';
import type { AthenaPartWriter } from './athena-part-writer.ts';
import { qualified } from './athena-relations.ts';
import type { AthenaShelf } from './athena-shelf.ts';
import type { AthenaStatements } from './athena-statements.ts';
import type { BuildRequest, BuiltParts } from './build-session.ts';
import {
  concerning,
  conflictsAmong,
  type RowGroup,
  rowGroups,
  type ScopeFamily,
  scopeMonthColumns,
} from './scope-family.ts';
import { settledRelation } from './scope-settling.ts';
import { liveRows, mentionedScopes, replacements, type SettleDialect } from './settle-sql.ts';
import { columnList, stagedColumns } from './staged-sql.ts';

export interface AthenaSettlingTools {
  readonly request: BuildRequest;
  readonly statements: AthenaStatements;
  readonly shelf: AthenaShelf;
  readonly writer: AthenaPartWriter;
}

export interface AthenaSettled {
  readonly hidden: ReadonlyMap<string, BuiltParts>;
  /** Datasets of which some scope is contested. */
  readonly contested: ReadonlySet<string>;
  /** The scopes by month as they are now; a relation that can be read until the session ends. */
  readonly scopes: string | undefined;
}

const athenaSettling: SettleDialect = {
  hash: (columns) =>
    columns.length === 1 && columns[0] === '_export' ? 'xxhash64(to_utf8(_export))' : columns.join(', '),
  hashType: 'varbinary',
  hashOfNumber: (number) => `to_big_endian_64(${number})`,
  newestBy: 'max_by',
};

/**
 * Finds the contested scopes of a family and settles what holds in them, from all staged rows. Where only some files
 * came, the months that they do not touch come out with the same rows, and so keep their parts.
 */
export async function settleFamily(tools: AthenaSettlingTools, family: ScopeFamily): Promise<AthenaSettled> {
  const { request, shelf, writer } = tools;
  const hidden = new Map<string, BuiltParts>();
  const groups = await readableGroups(tools, family);
  if (groups.length === 0) return { hidden, contested: new Set(), scopes: undefined };
  const { sources, conflicts } = conflictsAmong(family, groups, { writes: request.writes, dialect: athenaSettling });
  const sql = scopeMonths(mentionedScopes(sources, conflicts, athenaSettling));
  const months = await writer.write({ sql, columns: scopeMonthColumns, monthOf: 'month' });
  hidden.set(family.relation, { months: null, parts: months.parts });
  const scopes = months.table && `select ${columnList(scopeMonthColumns)} from ${qualified(months.table)}`;
  const mayContest = scopes !== undefined && conflicts.length > 0;
  const contested = mayContest ? await contestedDatasets(tools.statements, scopes) : new Set<string>();
  for (const dataset of family.datasets) {
    const relation = settledRelation(dataset.dataset);
    if (scopes !== undefined && contested.has(dataset.dataset)) {
      hidden.set(relation, await settleDataset(tools, dataset, groups, scopes));
    } else if (shelf.parts(relation).length > 0) hidden.set(relation, { months: null, parts: [] });
  }
  return { hidden, contested, scopes };
}

/** Names of the datasets for which some of these scopes are contested. */
export async function contestedDatasets(statements: AthenaStatements, scopes: string): Promise<Set<string>> {
  const { rows } = await statements.rows(`select distinct contested from (${scopes}) as scopes`);
  return new Set(rows.flatMap(([names]) => (names ?? '').split(',').filter((name) => name !== '')));
}

/** Months in which some scopes have rows, and how many scopes they are: by a select of them, and of all scopes by month. */
export async function monthsOfScopes(
  statements: AthenaStatements,
  touched: string,
  scopes: readonly string[],
): Promise<{ readonly months: readonly Month[]; readonly count: number }> {
  const { rows } = await statements.rows(
    `with touched as (${touched})
     select distinct cast(month as varchar), (select count(distinct _scope) from touched)
     from (${scopes.join('\nunion all\n')}) as scopes
     where _scope in (select _scope from touched) order by 1`,
  );
  return { months: rows.map(([month = null]) => month), count: Number(rows[0]?.[1] ?? 0) };
}

async function settleDataset(
  { request, shelf, writer }: AthenaSettlingTools,
  dataset: Dataset,
  groups: readonly RowGroup[],
  scopes: string,
): Promise<BuiltParts> {
  const columns = stagedColumns(dataset);
  const limit = `where _scope in (${contestedScopes(scopes, dataset)})`;
  const files = request.files.filter((file) => file.dataset === dataset.dataset);
  const raw = `(select * from (${await shelf.selectFiles(dataset.dataset, files)}) as staged ${limit})`;
  const replacing = concerning(dataset, groups, request.writes)
    .filter((group) => group.dataset !== dataset)
    .map((group) => replacements(dataset, `(select * from ${group.from} ${limit})`, false));
  const sql = liveRows(dataset, raw, [replacements(dataset, raw, true), ...replacing], athenaSettling);
  const { parts } = await writer.write({ sql, columns, monthOf: dateColumnOf(dataset) });
  return { months: null, parts };
}

/** The groups of a family with their files registered; each is read as a select in parentheses. */
async function readableGroups({ request, shelf }: AthenaSettlingTools, family: ScopeFamily): Promise<RowGroup[]> {
  const groups = rowGroups(family, request.files, () => '');
  const read: RowGroup[] = [];
  for (const group of groups) {
    const name = group.dataset.dataset;
    const files = request.files.filter((file) => file.dataset === name && file.source === group.source);
    read.push({ ...group, from: `(${await shelf.selectFiles(name, files)})` });
  }
  return read;
}

/** One row per mentioned scope and month in which it may have rows. Months between two of its rows count too. */
function scopeMonths(mentioned: string): string {
  const first = `cast(date_trunc('month', first_day) as date)`;
  const last = `cast(date_trunc('month', last_day) as date)`;
  const none = 'cast(array[] as array(date))';
  return `
    select _scope, months.month, contested from (${mentioned}) as mentioned
    cross join unnest(
      coalesce(sequence(${first}, ${last}, interval '1' month), ${none})
        || if(is_undated, array[cast(null as date)], ${none})
    ) as months (month)`;
}
