import { type CellType, cellType, isValueType } from '../detect/cell-type.ts';
import { filledCells, headerKey } from '../detect/layout.ts';
import type { TableRecord } from './record-reader.ts';

type Columns = readonly (CellType | undefined)[];

/** Words that begin a row of totals, in the languages of the exports that we meet. */
const totalWords =
  /^(?:grand\s+|sub)?(?:total|totals|sum|summe|gesamt|gesamtsumme|totale|totaal|合计|总计|汇总|小计|共计|总和|合計|總計)[:：]?$/i;

const longestTotalWord = 16;

/** Whether a record could be the header of another table: names only, each once, none missing. */
export function startsTable(record: TableRecord, columns: Columns): boolean {
  const { fields } = record;
  if (fields.length < 2 || filledCells(record) < fields.length) return false;
  if (new Set(fields.map(headerKey)).size < fields.length) return false;
  if (fields.some((field) => isValueType(cellType(field)) || field.length > 80)) return false;
  const hasValues = columns.some((type) => type !== undefined && isValueType(type));
  return fields.length !== columns.length || hasValues;
}

/** Whether the records behind a supposed header are its body: as wide as it is, with values in them. */
export function hasBody(header: TableRecord, followers: readonly TableRecord[]): boolean {
  const alike = followers.filter((record) => record.fields.length === header.fields.length);
  if (alike.length * 2 <= followers.length) return false;
  return alike.some((record) => record.fields.some((field) => isValueType(cellType(field))));
}

/** Whether a record at the end of a table is a remark rather than a row: a cell or two that fit no column. */
export function isFooter(record: TableRecord, columns: Columns): boolean {
  if (columns.length < 3 || filledCells(record, 3) > 2) return false;
  const first = record.fields[0]?.trim() ?? '';
  if (first === '' || startsLike(first, columns[0])) return false;
  if (record.fields.length < columns.length) return true;
  return filledCells(record) === 1 && cellType(first) === 'text' && columns[0] !== 'text' && columns[0] !== undefined;
}

/** A damaged row still starts with a value of the first column. */
function startsLike(cell: string, type: CellType | undefined): boolean {
  if (type === undefined || !isValueType(type)) return false;
  return cellType(cell.split(/\s/)[0] ?? '') === type;
}

/** Whether a cell says that what follows adds others up. */
export function isTotalWord(word: string): boolean {
  return word.length <= longestTotalWord && totalWords.test(word);
}

/** Whether a record adds the others up: a word for it, then nothing but numbers and blanks. */
export function isTotal(record: TableRecord, columns: Columns): boolean {
  const word = record.fields.find((field) => field !== '')?.trim() ?? '';
  if (columns.length < 2 || !isTotalWord(word)) return false;
  const [, ...rest] = record.fields.map((field) => field.trim()).filter((field) => field !== '');
  return rest.length > 0 && rest.every((cell) => ['number', 'money', 'blank'].includes(cellType(cell)));
}
