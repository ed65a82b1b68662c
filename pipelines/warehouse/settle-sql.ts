import { quotedIdentifier as quoted } from '@duckdb/node-api';
import { type Dataset, dateColumnOf, provenanceColumns } from '../domain/dataset.ts';
import { columnList, stagedColumns } from './staged-sql.ts';

/** What has no form that every engine reads. */
export interface SettleDialect {
  /** An expression (or a list, where it is grouped by) that tells values of these columns apart. */
  hash(columns: readonly string[]): string;
  /** The type of such an expression over one column, and a number as one. */
  readonly hashType: string;
  hashOfNumber(number: string): string;
  /** Aggregate that gives the value, null or not, at the greatest of a second argument. */
  readonly newestBy: string;
}

export const duckDbSettling: SettleDialect = {
  hash: (columns) => `hash(${columns.join(', ')})`,
  hashType: 'ubigint',
  hashOfNumber: (number) => `cast(${number} as ubigint)`,
  newestBy: 'arg_max_null',
};

/** Rows of one dataset that mention scopes, and the kinds of conflict in which a mention counts. */
export interface MentionSource {
  readonly dataset: Dataset;
  /** A relation or a select in parentheses with the dataset's staged columns. */
  readonly from: string;
  /** Ordinals of the conflicts in which these rows take part. */
  readonly conflicts: readonly number[];
}

/** A way to be contested: two exports (or two rows of one) speak of the same scope of these datasets. */
export interface Conflict {
  readonly datasets: readonly string[];
  /** Selects that yield `_scope` of rows which one export states twice under the same key. */
  readonly doubled: readonly string[];
}

/**
 * One row per scope: first and last month of its rows, whether some have no date, and for which datasets it is contested
 * (",orders,payments,"). One pass over the scope, export and date columns of everything.
 */
export function mentionedScopes(
  sources: readonly MentionSource[],
  conflicts: readonly Conflict[],
  dialect = duckDbSettling,
): string {
  const noExport = `cast(null as ${dialect.hashType})`;
  const hash = dialect.hash(['_export']);
  const mentions = sources.map(({ dataset, from, conflicts: mine }) => {
    const date = dateColumnOf(dataset);
    const day = date === undefined ? 'cast(null as date)' : quoted(date);
    const exports = conflicts.map((_, n) => `${mine.includes(n) ? hash : noExport} as export_${n}`);
    return `select ${['_scope', `${day} as day`, `${day} is null as is_undated`, ...exports].join(', ')} from ${from}`;
  });
  const doubled = conflicts.flatMap((conflict, n) => conflict.doubled.map((select) => ({ select, n })));
  const pairs = doubled.map(({ select, n }) => {
    const exports = conflicts.map(
      (_, other) => `${other === n ? dialect.hashOfNumber('nth') : noExport} as export_${other}`,
    );
    return `select ${['_scope', 'cast(null as date) as day', 'false as is_undated', ...exports].join(', ')}
            from (${select}), (values (0), (1)) as twice(nth)`;
  });
  const contested = conflicts.map(
    ({ datasets }, n) => `case when min(export_${n}) <> max(export_${n}) then '${datasets.join(',')},' else '' end`,
  );
  return `select _scope, min(day) as first_day, max(day) as last_day, bool_or(is_undated) as is_undated,
            concat(',', ${[...contested, `''`].join(', ')}) as contested
          from (${[...mentions, ...pairs].join('\nunion all\n')}) group by _scope`;
}

/** One row per mentioned scope and month in which it may have rows. Months between two of its rows count too. */
export function scopeMonths(mentioned: string): string {
  return `
    select _scope, date_trunc('month', first_day) as month, contested from ${mentioned}
    where date_trunc('month', first_day) = date_trunc('month', last_day)
    union all
    select _scope, unnest(generate_series(date_trunc('month', first_day), last_day, interval 1 month)), contested
    from ${mentioned} where date_trunc('month', first_day) <> date_trunc('month', last_day)
    union all
    select _scope, null, contested from ${mentioned} where is_undated`;
}

/** Scopes in which one export states a key twice by upserts: the later line has to win. */
export function doubledKeys(dataset: Dataset, from: string, dialect = duckDbSettling): string {
  const rest = dataset.key.filter((name) => !dataset.scope.includes(name)).map(quoted);
  const groups = [['_export'], rest].filter((columns) => columns.length > 0).map(dialect.hash);
  return `select _scope from ${from} where _write = 'upsert' group by _scope, ${groups.join(', ')} having count(*) > 1`;
}

/**
 * Exports that replace scopes of a dataset as a whole, one row per scope and export.
 * @param isOwn true for the dataset's own rows, of which only some replace; false for rows of another dataset in an
 * export that replaces: whatever it says of the scope, it says that this is all.
 */
export function replacements(dataset: Dataset, from: string, isOwn: boolean): string {
  const columns = ['_scope', ...dataset.scope.map(quoted), '_exported_at', '_export'];
  return `select distinct ${columns.join(', ')} from ${from}${isOwn ? ` where _write = 'replace_scope'` : ''}`;
}

/**
 * Live rows of contested scopes. Within a scope, by its real columns and not by the hash:
 * 1. the newest export that replaces it ends everything older;
 * 2. of a key without upserts, the newest export's rows count (equal rows inside one export are different rows);
 * 3. of a key with upserts, each column has the value of the newest row that carries it.
 * @param raw relation with all staged rows of these scopes.
 * @param replacing selects as `replacements` makes them, at least one.
 */
export function liveRows(
  dataset: Dataset,
  raw: string,
  replacing: readonly string[],
  { newestBy } = duckDbSettling,
): string {
  const scope = dataset.scope.map(quoted);
  const key = dataset.key.map(quoted);
  const columns = stagedColumns(dataset);
  const sameScope = scope.map((name) => `raw.${name} is not distinct from replaced.${name}`);
  return `
    with replaced as (
      select _scope, ${scope.join(', ')}, max(row(_exported_at, _export)) as newest
      from (${replacing.join('\nunion all\n')}) group by _scope, ${scope.join(', ')}
    ),
    surviving as (
      select raw.* from ${raw} as raw
      left join replaced on raw._scope = replaced._scope and ${sameScope.join(' and ')}
      where replaced.newest is null or row(raw._exported_at, raw._export) >= replaced.newest
    ),
    ranked as (
      select *, rank() over (partition by ${key.join(', ')} order by _exported_at desc, _export desc) as age,
        bool_or(_write = 'upsert') over (partition by ${key.join(', ')}) as is_merged
      from surviving
    )
    select ${columnList(columns)} from ranked where not is_merged and age = 1
    union all
    select ${columns.map(({ name }) => mergedColumn(dataset, name, newestBy)).join(', ')}
    from ranked where is_merged group by ${key.join(', ')}`;
}

const provenance = new Set<string>(provenanceColumns.map((column) => column.name));

function mergedColumn(dataset: Dataset, name: string, newestBy: string): string {
  if (dataset.key.includes(name)) return quoted(name);
  const newest = `${newestBy}(${quoted(name)}, row(_exported_at, _export, _line))`;
  if (provenance.has(name)) return `${newest} as ${quoted(name)}`;
  // A constant of the contract stands in rows that do not carry it: it counts while nobody carries the column.
  const isCarried = `coalesce(strpos(_carried, ',${name},') > 0, true)`;
  const carried = `${newest} filter (where ${isCarried})`;
  return `case when bool_or(${isCarried}) then ${carried} else ${newest} end as ${quoted(name)}`;
}
