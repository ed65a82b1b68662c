import type { ContractColumn } from '../../domain/contract.ts';

/**
 * The plainest way in which a column is written. Cells of this shape have one meaning, and the engine's own reader finds the
 * same value as the long way does; so they are typed while they are read. `readerType`: SQL type of the cells then.
 */
export type PlainShape =
  | { readonly kind: 'number'; readonly readerType: string; readonly wholeDigits: number; readonly decimals: number }
  /** `9` stands for a digit, `+` for a sign, any other letter for itself. The year is one of 1901 to 2198. */
  | { readonly kind: 'layout'; readonly readerType: string; readonly layout: string }
  /** An id that no spreadsheet has changed. */
  | { readonly kind: 'code'; readonly readerType: 'varchar' };

/** The only format with an offset that exports were seen to use throughout. */
export const offsetFormat = '%Y-%m-%d %H:%M:%S %z';

/** The plain shape of a column; undefined where its cells have none. */
export function plainShape(column: ContractColumn, formats: readonly string[]): PlainShape | undefined {
  const isIso = formats.length === 0 || (formats.length === 1 && formats[0] === 'iso');
  switch (column.type) {
    case 'integer':
      return { kind: 'number', readerType: 'bigint', wholeDigits: 14, decimals: 0 };
    case 'decimal':
      return { kind: 'number', readerType: 'decimal(18,4)', wholeDigits: 14, decimals: pointed(column, 4) };
    case 'percent':
      return { kind: 'number', readerType: 'decimal(18,6)', wholeDigits: 12, decimals: pointed(column, 6) };
    case 'date':
      return isIso ? { kind: 'layout', readerType: 'date', layout: '9999-99-99' } : undefined;
    case 'datetime':
      return isIso ? { kind: 'layout', readerType: 'timestamp', layout: '9999-99-99 99:99:99' } : undefined;
    case 'instant':
      return formats.length === 1 && formats[0] === offsetFormat
        ? { kind: 'layout', readerType: 'varchar', layout: '9999-99-99 99:99:99 +9999' }
        : undefined;
    case 'id':
      return { kind: 'code', readerType: 'varchar' };
    default:
      return undefined;
  }
}

/** With a decimal comma a point groups thousands: only whole numbers are plain then. */
function pointed({ decimal_mark }: ContractColumn, decimals: number): number {
  return decimal_mark === '.' ? decimals : 0;
}
