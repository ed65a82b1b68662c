import { type CellType, cellType, isValueType } from '../detect/cell-type.ts';
import type { Dialect } from '../detect/dialect.ts';
import { readDamagedLine } from './damaged-line.ts';
import type { TableRecord } from './record-reader.ts';

const others = [',', ';', '\t', '|', ' '] as const;

/**
 * Reads a record that its table's delimiter leaves in one or two pieces with another delimiter. Taken only where that gives
 * exactly the table's fields and their types: a joined hand-made file, hardly a coincidence.
 */
export function readOtherDelimiter(
  record: TableRecord,
  dialect: Dialect,
  columns: readonly (CellType | undefined)[],
): TableRecord | undefined {
  if (columns.length < 3 || record.fields.length * 2 > columns.length || record.raw.includes('\n')) return undefined;
  for (const delimiter of others) {
    if (delimiter === dialect.delimiter || !record.raw.includes(delimiter)) continue;
    const reading = readDamagedLine(record.raw, { ...dialect, delimiter }, columns.length);
    if (reading === undefined || reading.faults > 0 || reading.fields.length !== columns.length) continue;
    if (fitsTypes(reading.fields, columns)) return { ...record, fields: reading.fields };
  }
  return undefined;
}

function fitsTypes(fields: readonly string[], columns: readonly (CellType | undefined)[]): boolean {
  const values = columns.flatMap((type, at) => (type !== undefined && isValueType(type) ? [at] : []));
  const hits = values.filter((at) => cellType(fields[at] ?? '') === columns[at]);
  const isHeader = fields.every((field) => field.trim() !== '' && !isValueType(cellType(field)));
  return values.length >= 2 && (isHeader || hits.length * 4 >= values.length * 3);
}
