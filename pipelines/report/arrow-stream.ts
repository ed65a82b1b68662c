import { writeFile } from 'node:fs/promises';
import { Bool, Float64, Table, tableToIPC, Utf8, type Vector, vectorFromArray } from 'apache-arrow';
import type { ReportColumn, ReportTable } from './report.ts';

/** Writes a table of rows as an Arrow IPC stream, the only format that the browser's engine reads without an extension. */
export async function writeArrowStream(table: Extract<ReportTable, { kind: 'rows' }>, file: string): Promise<void> {
  const vectors = table.columns.map((column) => [column.name, vectorOf(column, table.rows)] as const);
  await writeFile(file, tableToIPC(new Table(Object.fromEntries(vectors)), 'stream'));
}

function vectorOf(column: ReportColumn, rows: Extract<ReportTable, { kind: 'rows' }>['rows']): Vector {
  const cells = rows.map((row) => row[column.name] ?? null);
  if (column.type === 'number') return vectorFromArray(cells, new Float64());
  if (column.type === 'boolean') return vectorFromArray(cells, new Bool());
  return vectorFromArray(cells, new Utf8());
}
