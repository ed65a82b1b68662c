import Papa from 'papaparse';

/** The ten figures of one file, each 0 to 1; the score of a file is their sum. */
export interface FileScore {
  readonly total: number;
  /** Whether what was read is, raw cell by raw cell, what should have been read. */
  readonly isEqual: boolean;
}

/** Scores what a loader wrote against the clean twin of the file. `undefined`: the loader refused the file. */
export function scoreFile(written: string | undefined, clean: string): FileScore {
  if (written === undefined) return { total: 0, isEqual: false };
  const loaded = parse(written);
  const wanted = parse(clean);
  const header = overlap(loaded[0] ?? [], wanted[0] ?? []);
  const records = overlap(loaded.slice(1).map(recordKey), wanted.slice(1).map(recordKey));
  const cells = overlap(loaded.flat(), wanted.flat());
  return { total: 1 + header + records + cells, isEqual: JSON.stringify(loaded) === JSON.stringify(wanted) };
}

function parse(text: string): string[][] {
  const result = Papa.parse<string[]>(text, { delimiter: ',', newline: '\n', skipEmptyLines: false });
  const rows = result.data;
  return rows.at(-1)?.length === 1 && rows.at(-1)?.[0] === '' ? rows.slice(0, -1) : rows;
}

/** Precision, recall and F1 of two multisets, added up. */
function overlap(loaded: readonly string[], wanted: readonly string[]): number {
  if (loaded.length === 0 && wanted.length === 0) return 3;
  const left = new Map<string, number>();
  for (const value of wanted) left.set(value, (left.get(value) ?? 0) + 1);
  let common = 0;
  for (const value of loaded) {
    const count = left.get(value) ?? 0;
    if (count === 0) continue;
    common += 1;
    left.set(value, count - 1);
  }
  if (common === 0) return 0;
  const precision = common / loaded.length;
  const recall = common / wanted.length;
  return precision + recall + (2 * precision * recall) / (precision + recall);
}

function recordKey(record: readonly string[]): string {
  return record.map(normalised).join('\u001f');
}

function normalised(cell: string): string {
  const text = cell.trim();
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true' ? '1' : '0';
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text)) return String(Number(text));
  const money = /^([$€£¥])\s?([\d.,]+)$/.exec(text);
  if (money !== null) return `${money[1]}${Number((money[2] ?? '').replaceAll(',', ''))}`;
  const date = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  if (date !== null) return `${date[3]}-${date[2]}-${date[1]}`;
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (time !== null) return `${time[1]?.padStart(2, '0')}:${time[2]}:${time[3] ?? '00'}`;
  return text.toLowerCase();
}
