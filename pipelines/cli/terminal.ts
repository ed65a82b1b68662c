import Table from 'cli-table3';
import type { Language } from '../domain/text.ts';
import { displayWidth, fittedWidths, fitting, wrapped } from './table-widths.ts';
import { dayOf, phraseOf, type TextKey, termOf, textOf, type Values } from './words/words.ts';

/** Where a command writes: results on standard output, progress and remarks on standard error. */
export interface Terminal {
  readonly language: Language;
  readonly json: boolean;
  /** One JSON document per call (NDJSON over several calls); nothing unless `--json`. */
  document(value: unknown): void;
  /** A line for people; nothing under `--json`. */
  line(text?: string): void;
  /** A sentence for people, in their language; nothing under `--json`. */
  say(key: TextKey, values?: Values): void;
  /** The same as a text. */
  text(key: TextKey, values?: Values): string;
  /** A day as sentences name it. */
  day(day: string | null): string;
  /** A column head or a fixed value (`accepted`) in the language of people. */
  term(term: string): string;
  /** What a step says in English, in the language of people. */
  phrase(phrase: string): string;
  /** As `table`, with heads in the language of people. */
  list(rows: readonly Readonly<Record<string, unknown>>[]): void;
  /** Rows for people, right-aligned numbers; nothing under `--json`. */
  table(rows: readonly Readonly<Record<string, unknown>>[]): void;
  /** Raw bytes of a result, as they are (CSV, Parquet). */
  raw(bytes: Uint8Array | string): void;
  /** A step that goes on: rewritten in place on a terminal, a line every few seconds elsewhere. */
  progress(text: string): void;
  progressDone(): void;
  /** A remark for people beside the result, on standard error. */
  remark(text: string): void;
  readonly colorful: boolean;
  color(text: string, style: Style): string;
}

const logEveryMs = 2000;

export type Style = 'red' | 'yellow' | 'green' | 'dim' | 'bold';

const codes: Readonly<Record<Style, number>> = { red: 31, yellow: 33, green: 32, dim: 2, bold: 1 };

export function createTerminal(options: { json: boolean; language: Language }): Terminal {
  const { json, language } = options;
  const out = process.stdout;
  const err = process.stderr;
  const colorful = Boolean(out.isTTY) && !json && process.env['NO_COLOR'] === undefined;
  let open = false;
  let spokenAt = Number.NEGATIVE_INFINITY;
  const translated = (row: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(row).map(([head, value]) => [termOf(language, head), value]));
  const table = (rows: readonly Readonly<Record<string, unknown>>[]): void => {
    const columns = out.isTTY ? out.columns : undefined;
    if (!json) out.write(`${rows.length === 0 ? textOf(language, 'no_rows') : renderTable(rows, columns)}\n`);
  };
  return {
    language,
    json,
    colorful,
    remark: (text) => {
      if (open) err.write('\r\u001b[2K');
      open = false;
      err.write(`${text}\n`);
    },
    document: (value) => {
      if (json) out.write(`${JSON.stringify(value, bigintAsText)}\n`);
    },
    line: (text = '') => {
      if (!json) out.write(`${text}\n`);
    },
    say: (key, values) => {
      if (!json) out.write(`${textOf(language, key, values)}\n`);
    },
    text: (key, values) => textOf(language, key, values),
    day: (day) => dayOf(language, day),
    term: (term) => termOf(language, term),
    phrase: (phrase) => phraseOf(language, phrase),
    list: (rows) => table(rows.map(translated)),
    table,
    raw: (bytes) => {
      out.write(bytes);
    },
    progress: (text) => {
      if (!err.isTTY) {
        // In a log each text is a line for good: now and then one is enough.
        if (performance.now() - spokenAt < logEveryMs) return;
        spokenAt = performance.now();
        err.write(`${text}\n`);
        return;
      }
      err.write(`\r\u001b[2K${fitting(text, (err.columns ?? 80) - 1)}`);
      open = true;
    },
    progressDone: () => {
      if (open) err.write('\r\u001b[2K');
      open = false;
    },
    color: (text, style) => (colorful ? `\u001b[${codes[style]}m${text}\u001b[0m` : text),
  };
}

/** A plain table; columns in the order of the first row. On a terminal long texts take several lines, so that it fits. */
export function renderTable(rows: readonly Readonly<Record<string, unknown>>[], columns?: number): string {
  const first = rows[0];
  if (!first) return '';
  const heads = Object.keys(first);
  const numeric = heads.map((head) => rows.every((row) => isNumberLike(row[head])));
  const cells = rows.map((row) => heads.map((head) => (row[head] === null ? '' : String(row[head] ?? ''))));
  const [head = heads, ...body] =
    columns === undefined ? [heads, ...cells] : fitted([heads, ...cells], numeric, columns);
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
  });
  table.push(...body);
  return table.toString();
}

/** Cells whose long texts take several lines, so that the table fits the terminal. */
function fitted(lines: readonly (readonly string[])[], numeric: readonly boolean[], columns: number): string[][] {
  const widths = numeric.map((_, at) => lines.reduce((most, line) => Math.max(most, displayWidth(line[at] ?? '')), 0));
  const narrowed = fittedWidths(
    widths,
    numeric.map((isNumber) => !isNumber),
    columns,
  );
  return lines.map((line) => line.map((cell, at) => wrapped(cell, narrowed[at] ?? cell.length)));
}

function isNumberLike(value: unknown): boolean {
  return value === null || value === undefined || (value !== '' && Number.isFinite(Number(value)));
}

/** JSON has no big integers; as text they lose no digit. */
export function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
