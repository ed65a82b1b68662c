import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { cellType } from './cell-type.ts';
import type { Dialect } from './dialect.ts';

export interface ScoredDialect {
  readonly dialect: Dialect;
  readonly score: number;
  /** Commonest number of fields per record. */
  readonly width: number;
}

/** Quotes in a file are taken for quotes unless that makes nonsense of it: the reader contains stray ones. */
const unquotedWorth = 0.8;
/** A lone CR inside a record may be the end of a record that was missed. */
const loneReturn = /\r(?!\n)/;
/** Records that are judged; more of them change the verdict hardly ever and cost time always. */
const judgedRecords = 400;

/**
 * Judges how much the text looks like one table under a dialect, 0 to 1: records alike in width, cells that look like values,
 * quotes that add up. The idea (consistency of the pattern times share of typed cells) is that of van den Burg, Nazábal
 * and Sutton, "Wrangling messy CSV files by detecting row and type patterns".
 */
export function scoreDialect(text: string, dialect: Dialect): ScoredDialect {
  const judged = firstRecords(text, dialect);
  const widths = new Map<number, number>();
  let typed = 0;
  let cells = 0;
  let faults = 0;
  let missed = 0;
  for (const record of judged) {
    widths.set(record.fields.length, (widths.get(record.fields.length) ?? 0) + 1);
    if (record.fault !== undefined) faults += 1;
    if (loneReturn.test(record.raw)) missed += 1;
    cells += record.fields.length;
    for (const field of record.fields) typed += cellWorth(field);
  }
  if (judged.length === 0) return { dialect, score: 0, width: 1 };
  const unquoted = dialect.quote === '' && text.includes('"') ? unquotedWorth : 1;
  const quality = (typed / cells) * (1 - (0.4 * faults + 0.5 * missed) / judged.length) * unquoted;
  return { dialect, score: consistency(widths, judged.length) * quality, width: commonest(widths) };
}

/** The first records that are not blank. */
function firstRecords(text: string, dialect: Dialect): TableRecord[] {
  const reader = new RecordReader(dialect, { width: 0 });
  const records: TableRecord[] = [];
  reader.open(text);
  while (records.length < judgedRecords) {
    const record = reader.next(false) ?? reader.next(true);
    if (record === undefined) return records;
    if (record.raw.trim() !== '') records.push(record);
  }
  return records;
}

function consistency(widths: ReadonlyMap<number, number>, records: number): number {
  let sum = 0;
  for (const [width, count] of widths) sum += (count / records) ** 2 * ((width - 1) / width);
  return sum;
}

function commonest(widths: ReadonlyMap<number, number>): number {
  let chosen = 1;
  let most = 0;
  for (const [width, count] of widths) {
    if (count <= most) continue;
    most = count;
    chosen = width;
  }
  return chosen;
}

/** Blanks around a cell hint at a delimiter that has them; quotes at its edge at quotes that were not taken as such. */
function cellWorth(cell: string): number {
  const isPadded = cell.startsWith(' ') || cell.endsWith(' ');
  return typeWorth(cell) * (isPadded ? 0.9 : 1);
}

function typeWorth(cell: string): number {
  const type = cellType(cell);
  if (type === 'text') return /^\s*["'].|.["']\s*$/.test(cell) ? 0.02 : 0.3;
  if (type === 'blank') return 0.5;
  return type === 'word' ? 0.8 : 1;
}
