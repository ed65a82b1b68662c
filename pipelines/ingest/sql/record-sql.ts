import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type ContractPlan, cellsRead, lastingName } from '../plan/contract-plan.ts';
import type { CellContext } from './cell-sql.ts';
import { type ColumnSql, columnSql, layered, plainName, rawCell } from './column-sql.ts';
import { outputFaults } from './output-sql.ts';

/** How the records of one chunk come to the engine. */
export interface RecordSource {
  /** Select with `_line`, `_shape` (a reason why the record is unreadable, or null) and `_c0` … of raw cells. */
  readonly relation: string;
  /** The temporary table that the relation reads. */
  readonly table: string;
  readonly context: CellContext;
  /** Prefix of the temporary tables that hold this chunk's pseudonyms. */
  readonly pseudonyms: string;
}

export type OutputTypes = ReadonlyMap<string, string>;

/** SQL: distinct normal values of a personal column, as `plain`. */
export function distinctIdentifiers(plan: ContractPlan, source: RecordSource, column: string): string {
  const placed = plan.columns.find((candidate) => candidate.column.name === column);
  if (placed === undefined) throw new Error(`no column ${column}`);
  const sql = columnSql(placed, plan.contract, source.context);
  return `select distinct ${sql.value} as plain from (${layered(source.relation, [sql])})`;
}

export function pseudonymTable(source: RecordSource, column: string): string {
  return `${source.pseudonyms}_${column}`;
}

/**
 * SQL: the records of a chunk with the contract's columns as typed values, personal ones as pseudonyms, and `_reject`: the
 * first reason not to accept the record ("code:column"; `blank` for a record without any cell), else null.
 */
export function judgedRecords(plan: ContractPlan, source: RecordSource, types: readonly OutputTypes[]): string {
  const columns = plan.columns.map((placed) => columnSql(placed, plan.contract, source.context));
  const cells = layered(source.relation, columns);
  const typed = `select *, ${columns.map(({ name, value }) => `${value} as ${quotedIdentifier(name)}`).join(', ')} from (${cells})`;
  const kept = [
    '_line',
    ...plan.contract.columns.map(({ name }) => quotedIdentifier(name)),
    ...(plan.olderKeys.length === 0 ? [] : plan.personal.map(({ name }) => quotedIdentifier(lastingName(name)))),
    ...plan.kept.map(({ position }) => rawCell(position)),
  ];
  const reject = rejectSql(plan, columns, types);
  return `select ${kept.join(', ')}, ${reject} as _reject from (${withPseudonyms(plan, source, typed)})`;
}

/** The contract's columns as typed nulls: the relation against which expressions are checked. */
export function typedNothing(plan: ContractPlan): string {
  const columns = plan.columns.map(({ column }) => {
    const sql = columnSql({ column, position: undefined, formats: [] }, plan.contract, noContext);
    return `${sql.value} as ${quotedIdentifier(column.name)}`;
  });
  return `select ${columns.join(', ')}, cast(null as bigint) as _line, cast(1 as bigint) as _occurrence where false`;
}

const noContext: CellContext = { hasOddBlanks: false, nullWords: [] };

function withPseudonyms(plan: ContractPlan, source: RecordSource, typed: string): string {
  const carried = new Set(plan.personal.map(({ name }) => name));
  const absent = plan.columns.filter(
    ({ column }) => column.personal !== undefined && column.personal !== 'free_text' && !carried.has(column.name),
  );
  const refs = [
    ...plan.personal.map(({ name }, at) => `p${at}.ref as ${quotedIdentifier(name)}`),
    ...plan.personal.flatMap(({ name }, at) => {
      const oldest = plan.olderKeys.at(-1);
      return oldest === undefined ? [] : [`p${at}.ref${oldest} as ${quotedIdentifier(lastingName(name))}`];
    }),
    ...absent.map(({ column }) => `cast(null as varchar) as ${quotedIdentifier(column.name)}`),
  ];
  const joins = plan.personal.map(
    ({ name }, at) => ` left join ${pseudonymTable(source, name)} as p${at} on p${at}.plain = t.${plainName(name)}`,
  );
  return `select ${['t.*', ...refs].join(', ')} from (${typed}) as t${joins.join('')}`;
}

/** What a record without any known cell is refused as, unless it has no cell at all: then it is blank and no row. */
export const blankMark = 'blank?';

function rejectSql(plan: ContractPlan, columns: readonly ColumnSql[], types: readonly OutputTypes[]): string {
  const read = cellsRead(plan).map((at) => rawCell(at));
  const [first = "''"] = read;
  // A record without cells has no first cell either; only then is it worth looking at all of them.
  const all = read.map((cell) => `trim(${cell})`).join(', ');
  const isBlank = `(${first} is null or trim(${first}) = '') and concat(${all}) = ''`;
  const rules = plan.contract.rejects.map(({ reason, when }) => `case when ${when} then ${quotedString(reason)} end`);
  const cells = columns.flatMap(({ reject }) => (reject === undefined ? [] : [reject]));
  const outputs = plan.outputs.flatMap((output, at) => outputFaults(plan, output, types[at] ?? new Map()));
  const blank = `case when ${isBlank} then ${quotedString(blankMark)} end`;
  return `coalesce(${[blank, '_shape', ...cells, ...rules, ...outputs].join(', ')})`;
}
