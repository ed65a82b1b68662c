import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Contract, ContractColumn } from '../../domain/contract.ts';
import { type CellContext, cleanCell } from './cell-sql.ts';
import { normalIdentifier } from './identifier-sql.ts';
import { numberCell, wholeNumber } from './number-sql.ts';
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

/** How one column is read, in two layers: `base` over the raw cell, `value` over the base. */
export interface ColumnSql {
  readonly name: string;
  readonly base: string | undefined;
  readonly value: string;
  /** SQL text expression: why the cell is refused, null where it is not. Undefined where it never is. */
  readonly reject: string | undefined;
}

/** Name of the raw cell at a position of the file. */
export function rawCell(position: number): string {
  return `_c${position}`;
}

/** Name of the value of a personal column before it becomes a pseudonym. */
export function plainName(name: string): string {
  return `_plain_${name}`;
}

export function columnSql(placed: PlacedColumn, contract: Contract, context: CellContext): ColumnSql {
  const { column, position } = placed;
  const personal = column.personal !== undefined && column.personal !== 'free_text';
  const name = personal ? plainName(column.name) : column.name;
  const type = personal ? 'varchar' : contractTypes[column.type];
  if (position === undefined) {
    return { name, base: undefined, value: `cast(null as ${type})`, reject: undefined };
  }
  const cell = rawCell(position);
  const clean = cleanCell(cell, { ...context, nullWords: column.null_words ?? contract.null_words });
  const alias = quotedIdentifier(`_v_${column.name}`);
  const base = baseOf(placed, cell, clean);
  const value = personal ? normalIdentifier(column, contract, alias) : valueOf(column, alias, clean);
  return { name, base: `${base} as ${alias}`, value, reject: rejectOf(column, { alias, clean, name, personal }) };
}

function baseOf({ column, formats }: PlacedColumn, cell: string, clean: string): string {
  const marks = { decimalMark: column.decimal_mark, thousandsMark: column.thousands_mark };
  switch (column.type) {
    case 'text':
    case 'id':
      return clean;
    case 'integer':
    case 'decimal':
      return numberCell(cell, clean, 'decimal', marks);
    case 'percent':
      return numberCell(cell, clean, 'percent', marks);
    case 'date':
    case 'datetime':
      return wallClockCell(clean, formats);
    case 'instant':
      return instantCell(clean, formats);
    case 'duration':
      return durationCell(clean);
    case 'boolean':
      return booleanCell(clean);
  }
}

function valueOf(column: ContractColumn, alias: string, clean: string): string {
  if (column.type === 'integer') return wholeNumber(alias, clean);
  if (column.type === 'date') return `cast(${alias} as date)`;
  if (column.type === 'id') return idValue(alias);
  return alias;
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

interface Names {
  readonly alias: string;
  readonly clean: string;
  readonly name: string;
  readonly personal: boolean;
}

function rejectOf(column: ContractColumn, { alias, clean, name, personal }: Names): string | undefined {
  const value = quotedIdentifier(name);
  const reason = (code: string): string => quotedString(`${code}:${column.name}`);
  const whenNull: string[] = [];
  const fault = personal ? undefined : faults[column.type];
  if (fault !== undefined) whenNull.push(`when ${clean} is not null then ${reason(fault)}`);
  const missing = column.not_null ? reason('missing') : undefined;
  const branches: string[] = [];
  if (personal && missing !== undefined) branches.push(`when ${alias} is null then ${missing}`);
  else if (whenNull.length > 0) {
    branches.push(`when ${value} is null then case ${whenNull.join(' ')} else ${missing ?? 'null'} end`);
  } else if (missing !== undefined) branches.push(`when ${value} is null then ${missing}`);
  if (!personal && ['date', 'datetime', 'instant'].includes(column.type)) {
    branches.push(`when ${isImplausible(value)} then ${reason('not_a_date')}`);
  }
  if (column.minimum !== undefined) branches.push(`when ${value} < ${column.minimum} then ${reason('out_of_range')}`);
  if (column.maximum !== undefined) branches.push(`when ${value} > ${column.maximum} then ${reason('out_of_range')}`);
  if (column.values !== undefined) {
    const known = column.values.map((word) => quotedString(word)).join(', ');
    branches.push(`when ${value} not in (${known}) then ${reason('unknown_value')}`);
  }
  return branches.length === 0 ? undefined : `case ${branches.join(' ')} end`;
}
