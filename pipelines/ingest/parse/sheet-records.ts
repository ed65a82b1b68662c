import { showNumber } from './excel-cell.ts';
import type { RecordFault, TableRecord } from './record-reader.ts';
import { headerRows, MergedHeader, type MergedRange } from './spread-merged.ts';
import type { Workbook } from './workbook.ts';
import { parseXml } from './xml-events.ts';
import type { ZipMember } from './zip-archive.ts';

/** Excel has no more columns; a reference beyond them is damage. */
const mostColumns = 16_384;

interface Cell {
  column: number;
  type: string;
  style: number;
  text: string;
}

/** The rows of a sheet as records, in batches; `line` is the row's number. Formulas give the value they had last. */
export async function* sheetRecords(member: ZipMember, workbook: Workbook): AsyncGenerator<TableRecord[]> {
  const rows = new RowBuilder(workbook, await mergedRanges(member));
  for await (const _ of parseXml(await member.open(), rows)) {
    const records = rows.take();
    if (records.length > 0) yield records;
  }
}

/** Listens to the XML of one sheet and builds its rows. */
class RowBuilder {
  readonly #workbook: Workbook;
  #records: TableRecord[] = [];
  #fields: string[] = [];
  #line = 0;
  #cell: Cell = { column: -1, type: 'n', style: 0, text: '' };
  #isValue = false;
  #isPhonetic = false;
  #isFormula = false;
  #fault: RecordFault | undefined;
  readonly #merged: MergedHeader;

  constructor(workbook: Workbook, merges: readonly MergedRange[]) {
    this.#workbook = workbook;
    this.#merged = new MergedHeader(merges);
  }

  take(): TableRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === 'row') this.#openRow(attributes);
    else if (name === 'c') this.#openCell(attributes);
    else if (name === 'rPh') this.#isPhonetic = true;
    else if (name === 'f') this.#isFormula = true;
    else this.#isValue = name === 'v' || (name === 't' && !this.#isPhonetic);
  }

  text(text: string): void {
    if (this.#isValue) this.#cell.text += text;
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#isValue = false;
    else if (name === 'rPh') this.#isPhonetic = false;
    else if (name === 'c') this.#closeCell();
    else if (name === 'row') this.#closeRow();
  }

  #openRow({ r }: Readonly<Record<string, string>>): void {
    this.#line = r === undefined ? this.#line + 1 : Number(r);
    this.#fields = [];
    this.#cell.column = -1;
  }

  #openCell({ r, t, s }: Readonly<Record<string, string>>): void {
    const column = r === undefined ? this.#cell.column + 1 : columnOf(r);
    this.#isFormula = false;
    this.#cell = { column, type: t ?? 'n', style: Number(s ?? 0), text: '' };
  }

  #closeCell(): void {
    const { column } = this.#cell;
    if (this.#isFormula && this.#cell.text === '' && this.#cell.type !== 'str') this.#fault ??= 'formula_without_value';
    if (this.#cell.type === 'e') this.#fault ??= 'error_value';
    if (column < 0 || column >= mostColumns) return;
    while (this.#fields.length < column) this.#fields.push('');
    this.#fields[column] = this.#value();
  }

  #value(): string {
    const { type, text, style } = this.#cell;
    const { strings, styles, calendar } = this.#workbook;
    switch (type) {
      case 's':
        return strings[Number(text)] ?? '';
      case 'b':
        return text === '1' ? 'true' : 'false';
      case 'n':
        return showNumber(text, styles[style] ?? 'number', calendar);
      default:
        return text;
    }
  }

  #closeRow(): void {
    const fields = this.#merged.spread(this.#fields, this.#line - 1);
    const record = { line: this.#line, fields, raw: fields.join('\t') };
    this.#records.push(this.#fault === undefined ? record : { ...record, fault: this.#fault });
    this.#fault = undefined;
  }
}

/** Merged cells are told behind the rows; the text of the sheet is looked through for them first, without parsing it. */
async function mergedRanges(member: ZipMember): Promise<MergedRange[]> {
  const ranges: MergedRange[] = [];
  const decoder = new TextDecoder('latin1');
  let text = '';
  for await (const chunk of await member.open()) {
    text = text.slice(-200) + decoder.decode(chunk);
    if (!text.includes('mergeCell')) continue;
    for (const [, first = '', row, last = '', lastRow] of text.matchAll(mergeCell)) {
      if (Number(row) > headerRows) continue;
      const [column, lastColumn] = [columnOf(first), Math.min(columnOf(last), mostColumns - 1)];
      ranges.push({ row: Number(row) - 1, lastRow: Number(lastRow) - 1, column, lastColumn });
    }
  }
  return ranges;
}

const mergeCell = /mergeCell\s[^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"/g;

function columnOf(reference: string): number {
  let column = 0;
  for (const letter of reference) {
    const value = letter.charCodeAt(0) - 64;
    if (value < 1 || value > 26) break;
    column = column * 26 + value;
  }
  return column - 1;
}
