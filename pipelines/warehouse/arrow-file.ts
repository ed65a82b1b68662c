import { writeFile } from 'node:fs/promises';
import { type DuckDBResultReader, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { Bool, Float64, Table, tableToIPC, Utf8, type Vector, vectorFromArray } from 'apache-arrow';
import { numberTypes } from './number-types.ts';

/**
 * Writes a result as an Arrow IPC stream, the one format that a browser's engine reads without an extension. Numbers are
 * doubles, as a browser computes; dates and timestamps are ISO text.
 */
export async function writeArrow(reader: DuckDBResultReader, file: string): Promise<void> {
  const columns = reader.getColumnsJson();
  const vectors = reader.deduplicatedColumnNames().map((name, index) => {
    return [name, vectorOf(columns[index] ?? [], reader.columnType(index))] as const;
  });
  await writeFile(file, tableToIPC(new Table(Object.fromEntries(vectors)), 'stream'));
}

function vectorOf(cells: readonly unknown[], type: DuckDBType): Vector {
  if (numberTypes.has(type.typeId)) {
    const values = cells.map((cell) => (cell === null ? null : Number(cell)));
    return vectorFromArray(values, new Float64());
  }
  if (type.typeId === DuckDBTypeId.BOOLEAN) return vectorFromArray(cells, new Bool());
  const texts = cells.map((cell) => (cell === null || typeof cell === 'string' ? cell : JSON.stringify(cell)));
  return vectorFromArray(texts, new Utf8());
}
