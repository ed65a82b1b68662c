import { cellType } from './cell-type.ts';
import { DateEvidence, type DateFinding } from './date-evidence.ts';
import { NumberEvidence, type NumberFinding } from './number-evidence.ts';

/** What all cells of one column are together. */
export interface ColumnFinding {
  readonly filled: number;
  readonly blank: number;
  /** No value stands in two records; judged as far as memory allows. */
  readonly isUnique: boolean;
  readonly numbers: NumberFinding;
  readonly dates: DateFinding;
  readonly durations: number;
  readonly booleans: number;
  /** Cells of digits that are no quantity: leading zeros, or more digits than any count has. */
  readonly codes: number;
  readonly phones: number;
  readonly emails: number;
  /** Different values in order of appearance, where there are few; else none. */
  readonly values: readonly string[];
}

const mostRemembered = 200_000;
const mostValues = 40;
const phone = /^(?:\+?86)?[- ]?1[3-9]\d[- ]?(?:\d{4}|\*{4})[- ]?\d{4}$/;
const code = /^(?:0\d+|\d{13,})$/;

/** Gathers what the cells of one column are, record by record. */
export class ColumnEvidence {
  #filled = 0;
  #blank = 0;
  #isUnique = true;
  #durations = 0;
  #booleans = 0;
  #codes = 0;
  #phones = 0;
  #emails = 0;
  readonly #numbers = new NumberEvidence();
  readonly #dates = new DateEvidence();
  readonly #seen = new Set<string>();
  readonly #values = new Set<string>();

  add(cell: string): void {
    const text = cell.trim().replace(/^="([^"]*)"$|^'(?=\S)/, '$1');
    if (cellType(text) === 'blank') {
      this.#blank += 1;
      return;
    }
    this.#filled += 1;
    this.#remember(text);
    this.#numbers.add(text);
    this.#dates.add(text);
    if (code.test(text)) this.#codes += 1;
    if (phone.test(text)) this.#phones += 1;
    const type = cellType(text);
    if (type === 'time') this.#durations += 1;
    if (type === 'boolean') this.#booleans += 1;
    if (type === 'email') this.#emails += 1;
  }

  finding(): ColumnFinding {
    return {
      filled: this.#filled,
      blank: this.#blank,
      isUnique: this.#isUnique && this.#filled > 1,
      numbers: this.#numbers.finding(),
      dates: this.#dates.finding(),
      durations: this.#durations,
      booleans: this.#booleans,
      codes: this.#codes,
      phones: this.#phones,
      emails: this.#emails,
      values: this.#values.size <= mostValues ? [...this.#values] : [],
    };
  }

  #remember(text: string): void {
    if (this.#values.size <= mostValues) this.#values.add(text);
    if (!this.#isUnique || this.#seen.size >= mostRemembered) return;
    if (this.#seen.has(text)) this.#isUnique = false;
    else this.#seen.add(text);
  }
}
