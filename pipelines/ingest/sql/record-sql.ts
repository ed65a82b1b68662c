import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { type ContractPlan, cellsRead, isPseudonymised, lastingName } from '../plan/contract-plan.ts';
import type { FactsOf } from './cell-facts.ts';
import { type ColumnSql, columnSql, layered, plainName, rawCell } from './column-sql.ts';
import { judgedColumns } from './output-sql.ts';

/** How the records of one chunk come to the engine. */
export interface RecordSource {
  /**
   * Select with `_line`, `_shape` (a reason why the record is unreadable, or null) and the cells as `_c0` …: raw, or of the
   * type that `readerType` tells from their facts.
   */
  readonly relation: string;
  /** The temporary table that the relation reads. */
  readonly table: string;
  readonly facts: FactsOf;
  /** A record may have no value in any cell. */
  readonly mayHaveBlankRecord: boolean;
  /** Prefix of the temporary tables that hold this chunk's pseudonyms. */
  readonly pseudonyms: string;
  /** What is known of the cells already, so that the relation is read only once; it may read a file then. */
  readonly gathered: Gathered | undefined;
}

/** What a scan has gathered of a chunk's cells. */
export interface Gathered {
  /** Distinct cells of personal columns, by position. */
  readonly persons: ReadonlyMap<number, readonly string[]>;
  /** Lines whose natural key occurs more than once, and the number of the occurrence. */
  readonly repeats: { readonly lines: readonly number[]; readonly numbers: readonly number[] };
}

/** Stands between gathered cells in one parameter; none of them holds it. */
export const cellSeparator = '\u001f';

export type OutputTypes = ReadonlyMap<string, string>;

/**
 * SQL: the distinct cells of a personal column as `raw`, with the normal identifier that each of them is as `plain`. Gathered
 * ones are the parameter `$cells`.
 */
export function distinctIdentifiers(plan: ContractPlan, source: RecordSource, column: string): string {
  const placed = plan.columns.find((candidate) => candidate.column.name === column);
  if (placed?.position === undefined) throw new Error(`no column ${column}`);
  const sql = columnSql(placed, plan.contract, source.facts);
  const raw = rawCell(placed.position);
  const distinct =
    source.gathered === undefined
      ? `select distinct ${raw} from (${source.relation})`
      : `select ${raw} from (select unnest(string_split($cells, chr(31))) as ${raw}) where ${raw} <> ''`;
  return `select ${rawCell(placed.position)} as raw, ${sql.value} as plain from (${layered(distinct, [sql])})`;
}

export function pseudonymTable(source: RecordSource, column: string): string {
  return `${source.pseudonyms}_${column}`;
}

/**
 * SQL: the records of a chunk with the contract's columns as typed values, personal ones as pseudonyms, the values of outputs
 * that are judged, and `_reject`: the first reason not to accept the record ("code:column"; `blank` for a record without any
 * cell), else null.
 */
export function judgedRecords(plan: ContractPlan, source: RecordSource, types: readonly OutputTypes[]): string {
  const judged = plan.outputs.map((output, at) => judgedColumns(plan, output, { at, types: types[at] ?? new Map() }));
  const valued = judged.flat().flatMap(({ alias, sql }) => (alias === undefined ? [] : [`${sql} as ${alias}`]));
  const kept = [
    '_line',
    ...plan.contract.columns.map(({ name }) => quotedIdentifier(name)),
    ...(plan.olderKeys.length === 0 ? [] : plan.personal.map(({ name }) => quotedIdentifier(lastingName(name)))),
    ...plan.kept.map(({ position }) => rawCell(position)),
    ...judged.flat().flatMap(({ alias }) => alias ?? []),
  ];
  const faults = judged.flat().map(({ fault }) => fault);
  const reject = rejectSql(plan, source, { columns: sqlOfColumns(plan, source), faults });
  const records = withPseudonyms(plan, source, typedRecords(plan, source));
  return `select ${kept.join(', ')}, ${reject} as _reject from (select ${['*', ...valued].join(', ')} from (${records}))`;
}

/** SQL: the records of a chunk with the contract's columns as typed values, personal ones left out. */
export function typedRecords(plan: ContractPlan, source: RecordSource): string {
  const columns = sqlOfColumns(plan, source);
  const personal = new Set(plan.contract.columns.filter(isPseudonymised).map(({ name }) => plainName(name)));
  const values = columns.flatMap(({ name, value }) =>
    personal.has(name) ? [] : [`${value} as ${quotedIdentifier(name)}`],
  );
  // The text of a personal cell is only needed where its absence is a fault.
  const needed = columns.filter(({ name, reject }) => !personal.has(name) || reject !== undefined);
  return `select ${['*', ...values].join(', ')} from (${layered(source.relation, needed)})`;
}

function sqlOfColumns(plan: ContractPlan, source: RecordSource): ColumnSql[] {
  return plan.columns.map((placed) => columnSql(placed, plan.contract, source.facts));
}

/** The contract's columns as typed nulls: the relation against which expressions are checked. */
export function typedNothing(plan: ContractPlan): string {
  const columns = plan.columns.map(({ column }) => {
    const sql = columnSql({ column, position: undefined, formats: [] }, plan.contract);
    return `${sql.value} as ${quotedIdentifier(column.name)}`;
  });
  return `select ${columns.join(', ')}, cast(null as bigint) as _line, cast(1 as bigint) as _occurrence where false`;
}

/**
 * Personal columns whose pseudonyms nobody needs are null. The others are looked up one by one: an outer join would part the
 * records that have one from those that have none, and make twice as many batches of them.
 */
function withPseudonyms(plan: ContractPlan, source: RecordSource, typed: string): string {
  const made = new Set(plan.personal.map(({ name }) => name));
  const oldest = plan.olderKeys.at(-1);
  const refs = plan.columns.flatMap(({ column, position = 0 }) => {
    const { name } = column;
    if (!isPseudonymised(column)) return [];
    if (!made.has(name)) return [`cast(null as varchar) as ${quotedIdentifier(name)}`];
    const found = (ref: string, as: string): string =>
      `(select p.${ref} from ${pseudonymTable(source, name)} as p where p.raw = t.${rawCell(position)}) as ${quotedIdentifier(as)}`;
    return [found('ref', name), ...(oldest === undefined ? [] : [found(`ref${oldest}`, lastingName(name))])];
  });
  return `select ${['t.*', ...refs].join(', ')} from (${typed}) as t`;
}

/** What a record without any known cell is refused as, unless it has no cell at all: then it is blank and no row. */
export const blankMark = 'blank?';

function rejectSql(
  plan: ContractPlan,
  source: RecordSource,
  { columns, faults }: { readonly columns: readonly ColumnSql[]; readonly faults: readonly string[] },
): string {
  const rules = plan.contract.rejects.map(({ reason, when }) => `case when ${when} then ${quotedString(reason)} end`);
  const cells = columns.flatMap(({ reject }) => (reject === undefined ? [] : [reject]));
  const blank = source.mayHaveBlankRecord ? [blankRecord(plan)] : [];
  return `coalesce(${[...blank, '_shape', ...cells, ...rules, ...faults].join(', ')})`;
}

function blankRecord(plan: ContractPlan): string {
  const read = cellsRead(plan).map((at) => `trim(cast(${rawCell(at)} as varchar))`);
  const [first = "''"] = read;
  // A record without cells has no first cell either; only then is it worth looking at all of them.
  const isBlank = `coalesce(${first}, '') = '' and concat(${read.join(', ')}) = ''`;
  // In place of a record that cannot be decoded stands one without values.
  return `case when _shape is distinct from 'undecodable' and ${isBlank} then ${quotedString(blankMark)} end`;
}
