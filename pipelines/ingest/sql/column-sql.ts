import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Contract, ContractColumn } from '../../domain/contract.ts';
import { type CellContext, cleanCell } from './cell-sql.ts';
import { normalIdentifier } from './identifier-sql.ts';
import { groupedNumber, type NumberKind, plainNumber, undecorated, wholeNumber } from './number-sql.ts';
import { durationCell, instantCell, isImplausible, wallClockCell } from './time-sql.ts';

/** SQL types of contract columns inside expressions; wall-clock times are `timestamp`, instants `timestamptz`. */
export const contractTypes: Readonly<Record<ContractColumn['type'], string>> = {
  text: 'varchar',
  id: 'varchar',
  integer: 'bigint',
  decimal: 'decimal(18,4)',
  percent: 'decimal(18,6)',
  date: 'date',
  datetime: 'timestamp',
  instant: 'timestamptz',
  duration: 'decimal(18,4)',
  boolean: 'boolean',
};

/** A contract column with its place in the file. */
export interface PlacedColumn {
  readonly column: ContractColumn;
  /** 0-based; undefined where the file does not carry the column. */
  readonly position: number | undefined;
  /** The formats in which the column is written; empty for ISO and its relatives. */
  readonly formats: readonly string[];
}

/**
 * How one column is read. Each layer may use the aliases of those before it, so that no long expression stands in the query
 * twice: a projection over a projection is free, a repeated expression is not.
 */
export interface ColumnSql {
  readonly name: string;
  /** Select items, one per layer, over the raw cells and the layers below. */
  readonly layers: readonly string[];
  /** Over the layers. */
  readonly value: string;
  /** SQL text expression over the values: why the cell is refused, null where it is not. Undefined where it never is. */
  readonly reject: string | undefined;
}

/** SQL: a relation with the layers of some columns on top. */
export function layered(relation: string, columns: readonly ColumnSql[]): string {
  const depth = Math.max(0, ...columns.map(({ layers }) => layers.length));
  let sql = relation;
  for (let at = 0; at < depth; at += 1) {
    sql = `select ${['*', ...columns.flatMap(({ layers }) => layers[at] ?? [])].join(', ')} from (${sql})`;
  }
  return sql;
}

/** Name of the raw cell at a position of the file. */
export function rawCell(position: number): string {
  return `_c${position}`;
}

/** Name of the value of a personal column before it becomes a pseudonym. */
export function plainName(name: string): string {
  return `_person_${name}`;
}

export function columnSql(placed: PlacedColumn, contract: Contract, context: CellContext): ColumnSql {
  const { column, position } = placed;
  const isPersonal = column.personal !== undefined && column.personal !== 'free_text';
  const name = isPersonal ? plainName(column.name) : column.name;
  if (position === undefined) {
    const type = isPersonal ? 'varchar' : contractTypes[column.type];
    return { name, layers: [], value: `cast(null as ${type})`, reject: undefined };
  }
  const cell = rawCell(position);
  const clean = cleanCell(cell, { ...context, nullWords: column.null_words ?? contract.null_words });
  const text = quotedIdentifier(`_text_${column.name}`);
  if (isPersonal) {
    const reject = column.not_null ? `case when ${text} is null then ${reasonSql('missing', column)} end` : undefined;
    return {
      name,
      layers: [`${clean} as ${text}`],
      value: normalIdentifier(column.personal, contract.channel.channel_id, text),
      reject,
    };
  }
  const kind = numberKinds[column.type];
  const reject = rejectOf(column, text);
  if (kind !== undefined) return { name, reject, ...numberSql(column, kind, { cell, clean, text }) };
  return { name, reject, layers: [`${clean} as ${text}`], value: textValue(placed, text) };
}

const numberKinds: Readonly<Partial<Record<ContractColumn['type'], NumberKind>>> = {
  integer: 'decimal',
  decimal: 'decimal',
  percent: 'percent',
};

/** The text of a number is only looked at where the plain cast fails: it is null for every other cell. */
function numberSql(
  column: ContractColumn,
  kind: NumberKind,
  { cell, clean, text }: { readonly cell: string; readonly clean: string; readonly text: string },
): Pick<ColumnSql, 'layers' | 'value'> {
  const marks = { decimalMark: column.decimal_mark, thousandsMark: column.thousands_mark };
  const cast = quotedIdentifier(`_cast_${column.name}`);
  const plain = quotedIdentifier(`_plain_${column.name}`);
  const number = quotedIdentifier(`_number_${column.name}`);
  const isOdd = column.type === 'integer' ? `${plain} is null or ${plain} <> trunc(${plain})` : `${plain} is null`;
  return {
    layers: [
      `${plainNumber(cell, kind, marks)} as ${cast}`,
      // DuckDB casts a lone sign or point to zero.
      `case when ${cast} = 0 and not contains(${cell}, '0') then null else ${cast} end as ${plain}`,
      `case when ${isOdd} then ${undecorated(clean)} end as ${text}`,
      `case when ${text} is null then ${plain} else ${groupedNumber(text, kind, marks)} end as ${number}`,
    ],
    value: column.type === 'integer' ? wholeNumber(number, text) : number,
  };
}

function textValue({ column, formats }: PlacedColumn, text: string): string {
  switch (column.type) {
    case 'id':
      return idValue(text);
    case 'date':
      return `cast(${wallClockCell(text, formats)} as date)`;
    case 'datetime':
      return wallClockCell(text, formats);
    case 'instant':
      return instantCell(text, formats);
    case 'duration':
      return durationCell(text);
    case 'boolean':
      return booleanCell(text);
    default:
      return text;
  }
}

/** Numbers that a spreadsheet made of a code: `13085.0` is `13085`, `="00123"` and `'00123` are `00123`. */
function idValue(clean: string): string {
  return [
    `case when ends_with(${clean}, '.0') and regexp_full_match(${clean}, '[0-9]+[.]0') then left(${clean}, -2)`,
    `when ends_with(${clean}, '"') and regexp_full_match(${clean}, '="[^"]*"') then ${clean}[3:-2]`,
    `when starts_with(${clean}, '''') then ${clean}[2:]`,
    // 1.23457E+17 has lost its last digits: no code any more.
    `when contains(${clean}, 'E+') and regexp_full_match(${clean}, '[0-9]([.][0-9]+)?E[+][0-9]+') then null`,
    `else ${clean} end`,
  ].join(' ');
}

function booleanCell(clean: string): string {
  const word = `lower(${clean})`;
  return [
    `case when ${word} in ('true', 't', 'yes', 'y', '1', '是', '有') then true`,
    `when ${word} in ('false', 'f', 'no', 'n', '0', '否', '无') then false end`,
  ].join(' ');
}

const faults: Readonly<Partial<Record<ContractColumn['type'], string>>> = {
  id: 'damaged_id',
  integer: 'not_a_number',
  decimal: 'not_a_number',
  percent: 'not_a_number',
  date: 'not_a_date',
  datetime: 'not_a_date',
  instant: 'not_a_date',
  duration: 'not_a_duration',
  boolean: 'not_a_boolean',
};

function reasonSql(code: string, column: ContractColumn): string {
  return quotedString(`${code}:${column.name}`);
}

/** `text` is null where the cell is empty, and may be null where the value is not. */
function rejectOf(column: ContractColumn, text: string): string | undefined {
  const branches = [...absence(column, text), ...limits(column)];
  return branches.length === 0 ? undefined : `case ${branches.join(' ')} end`;
}

function absence(column: ContractColumn, text: string): string[] {
  const value = quotedIdentifier(column.name);
  const fault = faults[column.type];
  const missing = column.not_null ? reasonSql('missing', column) : 'null';
  if (fault === undefined) return column.not_null ? [`when ${value} is null then ${missing}`] : [];
  const whenNull = `case when ${text} is not null then ${reasonSql(fault, column)} else ${missing} end`;
  return [`when ${value} is null then ${whenNull}`];
}

function limits(column: ContractColumn): string[] {
  const value = quotedIdentifier(column.name);
  const outside = reasonSql('out_of_range', column);
  const branches: string[] = [];
  if (faults[column.type] === 'not_a_date') {
    branches.push(`when ${isImplausible(value)} then ${reasonSql('not_a_date', column)}`);
  }
  if (column.minimum !== undefined) branches.push(`when ${value} < ${column.minimum} then ${outside}`);
  if (column.maximum !== undefined) branches.push(`when ${value} > ${column.maximum} then ${outside}`);
  if (column.values !== undefined) {
    const known = column.values.map((word) => quotedString(word)).join(', ');
    branches.push(`when not list_contains([${known}], ${value}) then ${reasonSql('unknown_value', column)}`);
  }
  return branches;
}
