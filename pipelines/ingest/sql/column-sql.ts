import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Contract, ContractColumn } from '../../domain/contract.ts';
import { type CellFacts, type FactsOf, mayBeNull, unknownFacts } from './cell-facts.ts';
import { cleanCell, trimmedCell, withoutWords } from './cell-sql.ts';
import { normalIdentifier } from './identifier-sql.ts';
import { groupedNumber, type NumberKind, plainNumber, undecorated, wholeNumber } from './number-sql.ts';
import { plainShape } from './plain-shape.ts';
import { durationCell, instantCell, isImplausible, plainInstant, wallClockCell } from './time-sql.ts';

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

/** How one column is read; the more is known of its cells, the less there is to do. */
export function columnSql(placed: PlacedColumn, contract: Contract, factsOf: FactsOf = () => unknownFacts): ColumnSql {
  const { column, position } = placed;
  const isPersonal = column.personal !== undefined && column.personal !== 'free_text';
  const name = isPersonal ? plainName(column.name) : column.name;
  if (position === undefined) {
    const type = isPersonal ? 'varchar' : contractTypes[column.type];
    return { name, layers: [], value: `cast(null as ${type})`, reject: undefined };
  }
  const facts = factsOf(position);
  const given = { cell: rawCell(position), facts, nullWords: column.null_words ?? contract.null_words };
  if (isPersonal) return { name, ...personalSql(column, contract, given) };
  if (readerType(placed, facts) !== 'varchar') {
    return { name, layers: [], value: given.cell, reject: rejectOf(column, facts, undefined) };
  }
  const kind = numberKinds[column.type];
  if (kind !== undefined) return { name, ...numberSql(column, kind, given) };
  const { layers, text } = textLayers(column, given);
  const isSure = column.type === 'id' && facts.isPlain;
  return {
    name,
    reject: rejectOf(column, facts, isSure ? undefined : text),
    layers,
    value: textValue(placed, text, facts),
  };
}

/** A raw cell and what is known of it. */
interface GivenCell {
  readonly cell: string;
  readonly facts: CellFacts;
  readonly nullWords: readonly string[];
}

function personalSql(column: ContractColumn, contract: Contract, given: GivenCell): Omit<ColumnSql, 'name'> {
  const { layers, text } = textLayers(column, given);
  const isNeeded = column.not_null && mayBeNull(given.facts);
  const reject = isNeeded ? `case when ${text} is null then ${reasonSql('missing', column)} end` : undefined;
  return { layers, value: normalIdentifier(column.personal, contract.channel.channel_id, text), reject };
}

/** SQL type as which the engine's reader may take the cells of a column. */
export function readerType({ column, formats }: PlacedColumn, facts: CellFacts): string {
  const isBare = facts.leading === 'none' && facts.trailing === 'none';
  return (
    (facts.isPlain && isBare && !facts.mayBeWord ? plainShape(column, formats)?.readerType : undefined) ?? 'varchar'
  );
}

/** The clean text of a cell as layers, and where it stands then: a cell with nothing to clean needs none. */
function textLayers(
  column: ContractColumn,
  { cell, facts, nullWords }: GivenCell,
): { readonly layers: readonly string[]; readonly text: string } {
  const trimmed = trimmedCell(cell, facts);
  const bare = trimmed === cell ? cell : quotedIdentifier(`_trim_${column.name}`);
  const clean = withoutWords(bare, nullWords, facts);
  const text = clean === bare ? bare : quotedIdentifier(`_text_${column.name}`);
  const layers = [
    ...(bare === cell ? [] : [`${trimmed} as ${bare}`]),
    ...(text === bare ? [] : [`${clean} as ${text}`]),
  ];
  return { layers, text };
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
  { cell, facts, nullWords }: GivenCell,
): Omit<ColumnSql, 'name'> {
  const clean = cleanCell(cell, nullWords, facts);
  const text = quotedIdentifier(`_text_${column.name}`);
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
    reject: rejectOf(column, facts, text),
  };
}

function textValue({ column, formats }: PlacedColumn, text: string, facts: CellFacts): string {
  switch (column.type) {
    case 'id':
      return facts.isPlain ? text : idValue(text);
    case 'date':
      return `cast(${wallClockCell(text, formats)} as date)`;
    case 'datetime':
      return wallClockCell(text, formats);
    case 'instant':
      return facts.isPlain ? plainInstant(text) : instantCell(text, formats);
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

/** `text` is null where the cell is empty, and may be null where the value is not; undefined where every text has a value. */
function rejectOf(column: ContractColumn, facts: CellFacts, text: string | undefined): string | undefined {
  const branches = [...absence(column, facts, text), ...limits(column, facts)];
  return branches.length === 0 ? undefined : `case ${branches.join(' ')} end`;
}

function absence(column: ContractColumn, facts: CellFacts, text: string | undefined): string[] {
  const value = quotedIdentifier(column.name);
  const fault = text === undefined ? undefined : faults[column.type];
  const missing = column.not_null && mayBeNull(facts) ? reasonSql('missing', column) : 'null';
  if (fault === undefined) return missing === 'null' ? [] : [`when ${value} is null then ${missing}`];
  const whenNull = `case when ${text} is not null then ${reasonSql(fault, column)} else ${missing} end`;
  return [`when ${value} is null then ${whenNull}`];
}

function limits(column: ContractColumn, facts: CellFacts): string[] {
  const value = quotedIdentifier(column.name);
  const outside = reasonSql('out_of_range', column);
  const branches: string[] = [];
  if (faults[column.type] === 'not_a_date' && !facts.isPlain) {
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
