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
 * @param toBeat where the records alone say that a dialect scores no more than this, its cells are not judged and it scores 0.
 */
export function scoreDialect(text: string, dialect: Dialect, toBeat = 0): ScoredDialect {
  const judged = firstRecords(text, dialect);
  if (judged.length === 0) return { dialect, score: 0, width: 1 };
  const widths = Map.groupBy(judged, ({ fields }) => fields.length);
  const width = commonest(widths);
  const best = consistency(widths, judged.length) * soundness(judged) * unquotedShare(text, dialect);
  return { dialect, score: best > toBeat ? best * typedShare(judged) : 0, width };
}

type Widths = ReadonlyMap<number, readonly TableRecord[]>;

function soundness(records: readonly TableRecord[]): number {
  const faults = records.filter(({ fault }) => fault !== undefined).length;
  const missed = records.filter(({ raw }) => loneReturn.test(raw)).length;
  return 1 - (0.4 * faults + 0.5 * missed) / records.length;
}

function unquotedShare(text: string, { quote }: Dialect): number {
  return quote === '' && text.includes('"') ? unquotedWorth : 1;
}

function typedShare(records: readonly TableRecord[]): number {
  let typed = 0;
  let cells = 0;
  for (const { fields } of records) {
    cells += fields.length;
    for (const field of fields) typed += cellWorth(field);
  }
  return typed / cells;
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

function consistency(widths: Widths, records: number): number {
  let sum = 0;
  for (const [width, { length }] of widths) sum += (length / records) ** 2 * ((width - 1) / width);
  return sum;
}

function commonest(widths: Widths): number {
  let chosen = 1;
  let most = 0;
  for (const [width, { length }] of widths) {
    if (length <= most) continue;
    most = length;
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
