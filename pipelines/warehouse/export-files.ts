import {
  type DuckDBResultReader,
  type DuckDBType,
  DuckDBTypeId,
  quotedIdentifier,
  quotedString,
} from '@duckdb/node-api';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { numberTypes } from './number-types.ts';

/** Writes a select's rows to a local file; text in CSV is made harmless for spreadsheets. */
export async function exportSelect(
  engine: DuckDbEngine,
  select: string,
  { file, format }: { readonly file: string; readonly format: 'parquet' | 'csv' | 'arrow' },
): Promise<void> {
  if (format === 'arrow') return await exportArrow(await engine.connection.runAndReadAll(select), file);
  const described = () => engine.connection.runAndReadAll(`select * from (${select}\n) limit 0`);
  const [rows, options] =
    format === 'csv'
      ? [withoutFormulas(select, await described()), 'format csv, header']
      : [select, 'format parquet, compression zstd'];
  await engine.run(`copy (${rows}\n) to ${quotedString(file)} (${options})`);
}

/** Writes a result as an Arrow IPC stream. Arrow takes long to load, and most commands never need it. */
export async function exportArrow(reader: DuckDBResultReader, file: string): Promise<void> {
  const { writeArrow } = await import('./arrow-file.ts');
  await writeArrow(reader, file);
}

/** Text that a spreadsheet would take for a formula; some fold full-width signs. */
const formula = String.raw`^[=+\-@＝＋－＠\t\r\n]`;

/** Types whose text begins with a digit, a letter or the sign of a number, whatever the value. */
const harmless = new Set<DuckDBTypeId>([
  ...numberTypes,
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
