/** A block of merged cells; rows and columns count from 0, both ends included. */
export interface MergedRange {
  readonly row: number;
  readonly lastRow: number;
  readonly column: number;
  readonly lastColumn: number;
}

/** Headers stand near the top; merged cells further down are layout. */
export const headerRows = 60;

/**
 * Writes the text of merged header cells into every cell that they span: a workbook keeps it in the first one only. A row
 * whose only text is one merged cell is a title and stays as it is. Downwards only beside names that span columns: there
 * the header has several rows; elsewhere a cell over several rows belongs to the records.
 */
export class MergedHeader {
  readonly #ranges: readonly MergedRange[];
  readonly #texts = new Map<MergedRange, string>();

  constructor(ranges: readonly MergedRange[]) {
    const near = ranges.filter(({ row }) => row < headerRows);
    const groups = new Set(near.filter(({ row, lastRow }) => row === lastRow).map(({ row }) => row));
    this.#ranges = near.filter(({ row, lastRow }) => row === lastRow || groups.has(row));
  }

  /** The fields of a row; rows come from top to bottom. */
  spread(fields: readonly string[], row: number): readonly string[] {
    const ranges = this.#ranges.filter((range) => range.row <= row && row <= range.lastRow);
    if (ranges.length === 0 || fields.filter((field) => field !== '').length < 2) return fields;
    const spread = [...fields];
    for (const range of ranges) {
      if (range.row === row) this.#texts.set(range, fields[range.column] ?? '');
      while (spread.length <= range.lastColumn) spread.push('');
      spread.fill(this.#texts.get(range) ?? '', range.column, range.lastColumn + 1);
    }
    return spread;
  }
}
