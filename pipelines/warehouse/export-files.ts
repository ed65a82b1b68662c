import { writeFile } from 'node:fs/promises';
import {
  type DuckDBResultReader,
  type DuckDBType,
  DuckDBTypeId,
  quotedIdentifier,
  quotedString,
} from '@duckdb/node-api';
import { Bool, Float64, Table, tableToIPC, Utf8, type Vector, vectorFromArray } from 'apache-arrow';
import type { DuckDbEngine } from './duckdb-engine.ts';

/** Writes a select's rows to a local file; text in CSV is made harmless for spreadsheets. */
export async function exportSelect(
  engine: DuckDbEngine,
  select: string,
  { file, format }: { readonly file: string; readonly format: 'parquet' | 'csv' | 'arrow' },
): Promise<void> {
  if (format === 'arrow') return await writeArrow(await engine.connection.runAndReadAll(select), file);
  const described = () => engine.connection.runAndReadAll(`select * from (${select}\n) limit 0`);
  const [rows, options] =
    format === 'csv'
      ? [withoutFormulas(select, await described()), 'format csv, header']
      : [select, 'format parquet, compression zstd'];
  await engine.run(`copy (${rows}\n) to ${quotedString(file)} (${options})`);
}

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

const numbers = new Set<DuckDBTypeId>([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
]);

function vectorOf(cells: readonly unknown[], type: DuckDBType): Vector {
  if (numbers.has(type.typeId)) {
    const values = cells.map((cell) => (cell === null ? null : Number(cell)));
    return vectorFromArray(values, new Float64());
  }
  if (type.typeId === DuckDBTypeId.BOOLEAN) return vectorFromArray(cells, new Bool());
  const texts = cells.map((cell) => (cell === null || typeof cell === 'string' ? cell : JSON.stringify(cell)));
  return vectorFromArray(texts, new Utf8());
}

/** Text that a spreadsheet would take for a formula; some fold full-width signs. */
const formula = String.raw`^[=+\-@＝＋－＠\t\r\n]`;

/** Types whose text begins with a digit, a letter or the sign of a number, whatever the value. */
const harmless = new Set<DuckDBTypeId>([
  ...numbers,
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIME,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

/**
 * A select whose texts no spreadsheet takes for formulas: they get an apostrophe in front, column names too. Numbers stay
 * numbers, negative ones and those that came as text too.
 */
function withoutFormulas(sql: string, reader: { columnNames(): string[]; columnTypes(): DuckDBType[] }): string {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, index) => {
    const quoted = quotedIdentifier(name);
    const shown = quotedIdentifier(new RegExp(formula).test(name) ? `'${name}` : name);
    const type = types[index]?.typeId;
    if (type !== undefined && harmless.has(type)) return `${quoted} as ${shown}`;
    const text = type === DuckDBTypeId.VARCHAR ? quoted : `cast(${quoted} as varchar)`;
    const isFormula = `regexp_matches(${text}, '${formula}') and try_cast(${text} as double) is null`;
    return `case when ${isFormula} then concat('''', ${text}) else ${text} end as ${shown}`;
  });
  return `select ${columns.join(', ')} from (${sql}\n)`;
}
