import { cellType } from '../detect/cell-type.ts';

const needsQuotes = /[",\n\r]/;
/** Characters with which a spreadsheet takes a cell for a formula (full-width forms are folded by some). */
const formulaStart = /^[=+\-@\t\r＝＋－＠]/;

/** Whether a spreadsheet would evaluate a cell. Numbers, amounts, percentages and bare dashes are no formulas. */
export function isFormula(cell: string): boolean {
  if (!formulaStart.test(cell)) return false;
  const type = cellType(cell);
  return type !== 'number' && type !== 'money' && !(type === 'blank' && cell.trim() === cell);
}

/** What stands in `="00123"`, the way in which exports keep Excel from turning an id into a number; else undefined. */
export function formulaText(cell: string): string | undefined {
  return /^="([^"]*)"$/.exec(cell)?.[1];
}

/** Writes one record as a line of clean CSV: comma, `"` doubled, LF. A formula is made text by a leading apostrophe. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(csvCell).join(',')}\n`;
}

function csvCell(cell: string): string {
  const text = isFormula(cell) ? `'${cell}` : cell;
  return needsQuotes.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
