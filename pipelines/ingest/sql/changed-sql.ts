import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Contract } from '../../domain/contract.ts';
import { columnSql, layered, type PlacedColumn, rawCell } from './column-sql.ts';
import { groupedNumber, plainNumber } from './number-sql.ts';
import type { RecordSource } from './record-sql.ts';

/** Numbers that may have more decimals than are kept: five of them, or fewer before a unit that divides. */
const mayBeLong = '[.,．][0-9０-９]{5}|[eE]-|[%％]';

/** Whether cells of a number column may be rounded: cells of the plain shape never are. */
export function mayRound({ column, position }: PlacedColumn, { facts }: Pick<RecordSource, 'facts'>): boolean {
  const isNumber = column.type === 'integer' || column.type === 'decimal' || column.type === 'percent';
  return isNumber && position !== undefined && !facts(position).isPlain;
}

/** SQL: for each of some columns, how many cells may have been rounded by what they look like. */
export function suspectCells(columns: readonly PlacedColumn[], { relation }: RecordSource): string {
  const counts = columns.map(({ position = 0 }) => `count(*) filter (${isSuspect(rawCell(position))})`);
  return `select ${counts.join(', ')} from (${relation})`;
}

function isSuspect(cell: string): string {
  return `regexp_matches(${cell}, ${quotedString(mayBeLong)})`;
}

/** SQL: how many cells of a number column were rounded, and the first record with one. */
export function roundedCells(placed: PlacedColumn, contract: Contract, source: RecordSource): string {
  const { column, position = 0 } = placed;
  const cell = rawCell(position);
  const sql = columnSql(placed, contract, source.facts);
  const text = quotedIdentifier(`_text_${column.name}`);
  const marks = { decimalMark: column.decimal_mark, thousandsMark: column.thousands_mark };
  const exact = `case when ${text} is null then ${plainNumber(cell, 'exact', marks)} else ${groupedNumber(text, 'exact', marks)} end`;
  const suspects = `select * from (${source.relation}) where ${isSuspect(cell)}`;
  const values = `select _line, ${sql.value} as value, ${quotedIdentifier(`_number_${column.name}`)} as kept, ${exact} as exact from (${layered(suspects, [sql])})`;
  return `select count(*), min(_line) from (${values}) where value is not null and exact <> kept`;
}

/** SQL: the first and the last day of a column of wall-clock times. */
export function daysOf(placed: PlacedColumn, contract: Contract, source: RecordSource): string {
  const day = (at: string): string => `cast(cast(${at}(t) as date) as varchar)`;
  return `select ${day('min')}, ${day('max')} from (${clockTimes(placed, contract, source)})`;
}

/**
 * SQL: how many times of a column do not exist on the zone's clock and the first record with one; the same for times that
 * occur twice. Only on `days`, those on which the clock is changed. The engine reads the former by the offset before the
 * change (2:30 becomes 3:30) and takes the latter for the second of the two.
 */
export function doubtfulTimes(
  placed: PlacedColumn,
  contract: Contract,
  source: RecordSource,
  days: readonly string[],
): string {
  const zone = quotedString(contract.timezone);
  const local = (instant: string): string => `timezone(${zone}, ${instant})`;
  const instant = local('t');
  const skipped = `${local(instant)} <> t`;
  const repeated = ['30 minutes', '1 hour', '2 hours'].map((by) => `${local(`${instant} - interval '${by}'`)} = t`);
  const listed = days.map((day) => quotedString(day)).join(', ');
  const times = `select * from (${clockTimes(placed, contract, source)}) where cast(t as date) in (${listed})`;
  const found = (condition: string): string => `count(*) filter (${condition}), min(_line) filter (${condition})`;
  return `select ${found(skipped)}, ${found(`(${repeated.join(' or ')})`)} from (${times})`;
}

function clockTimes(placed: PlacedColumn, contract: Contract, source: RecordSource): string {
  const sql = columnSql(placed, contract, source.facts);
  return `select _line, cast(${sql.value} as timestamp) as t from (${layered(source.relation, [sql])})`;
}

/** SQL: how many records hold the character zero in a cell that is read, and the first of them. */
export function recordsWithZeros(positions: readonly number[], source: RecordSource): string {
  const cells = positions.map((position) => `contains(cast(${rawCell(position)} as varchar), chr(0))`);
  return `select count(*), min(_line) from (${source.relation}) where ${cells.join(' or ')}`;
}
