import { biffText } from './biff-strings.ts';
import { showNumber } from './excel-cell.ts';
import { biffRecords, type OldWorkbook } from './old-workbook.ts';
import type { TableRecord } from './record-reader.ts';
import { MergedHeader, type MergedRange } from './spread-merged.ts';

/** Kinds of records that hold cells. */
const cells = {
  number: 0x203,
  rk: 0x27e,
  manyRk: 0xbd,
  shared: 0xfd,
  label: 0x204,
  truth: 0x205,
  formula: 0x06,
} as const;
const formulaText = 0x207;
const merged = 0xe5;
const errors: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
  42: '#N/A',
};

/** The rows of a sheet of an old workbook as records; `line` is the row's number. Formulas give the value they had last. */
export function oldSheetRecords(workbook: OldWorkbook, offset: number): TableRecord[] {
  const sheet = new OldSheet(workbook);
  for (const { kind, body } of biffRecords(workbook.stream, offset)) sheet.take(kind, body);
  return sheet.records();
}

class OldSheet {
  readonly #workbook: OldWorkbook;
  readonly #rows = new Map<number, string[]>();
  readonly #faulty = new Set<number>();
  readonly #merges: MergedRange[] = [];
  #formula: readonly [row: number, column: number] = [0, 0];

  constructor(workbook: OldWorkbook) {
    this.#workbook = workbook;
  }

  take(kind: number, body: Buffer): void {
    if (kind === merged) this.#addMerged(body);
    else if (kind === formulaText) this.#set(...this.#formula, biffText(body, 0, 2).text);
    else if (Object.values<number>(cells).includes(kind)) this.#takeCell(kind, body);
  }

  records(): TableRecord[] {
    const header = new MergedHeader(this.#merges);
    const rows = [...this.#rows].sort(([a], [b]) => a - b);
    return rows.map(([row, found]) => {
      const fields = header.spread(
        Array.from(found, (cell) => cell ?? ''),
        row,
      );
      const record = { line: row + 1, fields, raw: fields.join('\t') };
      return this.#faulty.has(row) ? { ...record, fault: 'error_value' as const } : record;
    });
  }

  #takeCell(kind: number, body: Buffer): void {
    const row = body.readUInt16LE(0);
    const column = body.readUInt16LE(2);
    if (kind === cells.number) this.#number(row, column, body.readUInt16LE(4), body.readDoubleLE(6));
    else if (kind === cells.rk) this.#number(row, column, body.readUInt16LE(4), shortNumber(body.readInt32LE(6)));
    else if (kind === cells.manyRk) this.#many(row, column, body);
    else if (kind === cells.shared) this.#set(row, column, this.#workbook.strings[body.readUInt32LE(6)] ?? '');
    else if (kind === cells.label) this.#set(row, column, biffText(body, 6, 2).text);
    else if (kind === cells.truth) this.#truth(row, column, body.subarray(6, 8));
    else this.#takeFormula(row, column, body);
  }

  #many(row: number, first: number, body: Buffer): void {
    for (let at = 4, column = first; at + 6 <= body.length - 2; at += 6, column += 1) {
      this.#number(row, column, body.readUInt16LE(at), shortNumber(body.readInt32LE(at + 2)));
    }
  }

  /** A result that is no number says so in its last two bytes; a text follows in a record of its own. */
  #takeFormula(row: number, column: number, body: Buffer): void {
    this.#formula = [row, column];
    if (body.readUInt16LE(12) !== 0xffff) {
      this.#number(row, column, body.readUInt16LE(4), body.readDoubleLE(6));
      return;
    }
    const kind = body.readUInt8(6);
    if (kind === 1) this.#set(row, column, body.readUInt8(8) === 1 ? 'true' : 'false');
    if (kind === 2) this.#error(row, column, body.readUInt8(8));
  }

  #truth(row: number, column: number, value: Buffer): void {
    if (value[1] === 1) this.#error(row, column, value[0] ?? 0);
    else this.#set(row, column, value[0] === 1 ? 'true' : 'false');
  }

  #error(row: number, column: number, code: number): void {
    this.#faulty.add(row);
    this.#set(row, column, errors[code] ?? '#ERROR!');
  }

  #number(row: number, column: number, style: number, value: number): void {
    const { styles, calendar } = this.#workbook;
    this.#set(row, column, showNumber(String(value), styles[style] ?? 'number', calendar));
  }

  #set(row: number, column: number, text: string): void {
    const fields = this.#rows.get(row) ?? [];
    fields[column] = text;
    this.#rows.set(row, fields);
  }

  #addMerged(body: Buffer): void {
    for (let at = 2; at + 8 <= body.length; at += 8) {
      const [row = 0, lastRow = 0, column = 0, lastColumn = 0] = [0, 2, 4, 6].map((place) =>
        body.readUInt16LE(at + place),
      );
      this.#merges.push({ row, lastRow, column, lastColumn });
    }
  }
}

/** Thirty bits of a whole number or of a fraction, perhaps times a hundred. */
function shortNumber(packed: number): number {
  const isWhole = (packed & 0x02) !== 0;
  const bytes = Buffer.alloc(8);
  bytes.writeInt32LE(packed & ~0x03, 4);
  const value = isWhole ? packed >> 2 : bytes.readDoubleLE(0);
  return (packed & 0x01) === 0 ? value : value / 100;
}
