import { type DuckDBDataChunk, DuckDBDoubleVector, type DuckDBResultReader, type DuckDBType } from '@duckdb/node-api';
import { WarehouseError } from '../domain/errors.ts';
import type { QueryResult, Row, Value } from './warehouse.ts';

/** The rows of a result: decimals as text, dates and timestamps as ISO text, nested values as JSON text. */
export function toQueryResult(reader: DuckDBResultReader): QueryResult {
  const names = uniqueNames(reader.columnNames());
  const types = reader.columnTypes();
  const columns = names.map((name, index) => ({ name, type: String(types[index]).toLowerCase() }));
  const readValue = types.map(readerOf);
  const values = reader.getColumnsJson();
  const rows = Array.from({ length: reader.currentRowCount }, (_, row): Row => {
    return Object.fromEntries(names.map((name, column) => [name, readValue[column]?.(values[column]?.[row]) ?? null]));
  });
  return { columns, rows };
}

/** Columns of doubles as they lie in the engine's memory; NULL becomes NaN. */
export function toNumberColumns(chunks: readonly DuckDBDataChunk[], columns: number): Float64Array[] {
  // Asking a chunk for its size crosses into the engine each time.
  const counts = chunks.map((chunk) => chunk.rowCount);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return Array.from({ length: columns }, (_, column) => {
    const numbers = new Float64Array(rows);
    let offset = 0;
    for (const [index, chunk] of chunks.entries()) {
      const vector = chunk.getColumnVector(column);
      if (!(vector instanceof DuckDBDoubleVector)) throw new WarehouseError(`column ${column + 1} holds no doubles`);
      const count = counts[index] ?? 0;
      for (let row = 0; row < count; row++) numbers[offset + row] = vector.getItem(row) ?? Number.NaN;
      offset += count;
    }
    return numbers;
  });
}

/** Two columns of one name would hide each other in a row: the second becomes `name_2`. */
function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name}_${times}`;
  });
}

const wholeNumbers = /^(?:bigint|hugeint|ubigint|uhugeint)$/i;
const instants = /^timestamp/i;

/** How the values of a column are read; told once for all of its rows. */
function readerOf(type: DuckDBType): (value: unknown) => Value {
  const name = String(type);
  if (wholeNumbers.test(name)) return unlessNull((value) => toInteger(String(value)));
  if (instants.test(name)) return unlessNull((value) => String(value).replace(' ', 'T'));
  return unlessNull((value) => {
    if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
    return JSON.stringify(value);
  });
}

function unlessNull(read: (value: unknown) => Value): (value: unknown) => Value {
  return (value) => (value === null || value === undefined ? null : read(value));
}

/** A number while it is exact, else a bigint. */
function toInteger(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
