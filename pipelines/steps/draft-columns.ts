import type { ContractColumn } from '../domain/contract.ts';
import { type HeaderWords, wordKey } from '../domain/header-words.ts';
import { type PersonalHeaders, personalKind } from '../domain/personal-header.ts';
import type { ColumnFinding } from '../ingest/detect/column-evidence.ts';
import type { NumberFinding } from '../ingest/detect/number-evidence.ts';
import type { ExportProfile } from '../ingest/profile-export.ts';
import { isMoney } from './draft-outputs.ts';

/** A column of a drafted contract, with what its reader should know. */
export interface DraftColumn {
  readonly name: string;
  readonly header: string;
  readonly type: ContractColumn['type'];
  readonly formats: readonly string[];
  readonly decimalMark: '.' | ',';
  readonly thousandsMark: string;
  readonly personal: ContractColumn['personal'];
  /** Dataset columns that its header says it fills. */
  readonly fills: readonly string[];
  /** Place of its word in the dictionary: earlier ones are stronger. */
  readonly rank: number;
  readonly finding: ColumnFinding;
  readonly remarks: readonly string[];
}

const plain = { formats: [], decimalMark: '.', thousandsMark: ',', remarks: [] } as const;

type Word = HeaderWords['words'][number];

/** Below this share of its filled cells a type does not hold for a column; above it the others are quarantined. */
const holds = 0.97;

/** Names, types and marks for the columns of an unknown export. Of columns under one header only the first is drafted. */
export function draftColumns(
  profile: ExportProfile,
  { words, personalHeaders }: { readonly words: HeaderWords; readonly personalHeaders: PersonalHeaders },
): DraftColumn[] {
  const index = new Map<string, { word: Word; rank: number }>();
  for (const [rank, word] of words.words.entries()) {
    for (const header of word.headers) if (!index.has(wordKey(header))) index.set(wordKey(header), { word, rank });
  }
  const hasComma = prefersComma(profile);
  const taken = new Set<string>();
  const seen = new Set<string>();
  return profile.columns.flatMap((finding, at): DraftColumn[] => {
    const header = profile.header?.[at]?.trim() || `column_${at + 1}`;
    if (seen.has(header.toLowerCase())) return [];
    seen.add(header.toLowerCase());
    const known = index.get(wordKey(header));
    const name = freeName(known?.word.word ?? nameOf(header, at), taken);
    const personal = known?.word.personal ?? personalOf(header, finding, known ? undefined : personalHeaders);
    const typed = typeOf(finding, known?.word.type, { personal, hasComma, header });
    const fills = known?.word.fills ?? [];
    const remarks = [...typed.remarks, ...shareRemarks(finding, fills)];
    return [{ name, header, personal, finding, fills, rank: known?.rank ?? index.size, ...typed, remarks }];
  });
}

/** Whether the file as a whole is written with decimal commas; asked where a column alone does not tell. */
function prefersComma({ columns, delimiter }: ExportProfile): boolean {
  const decided = columns.filter(({ numbers, filled }) => isMost(numbers.numbers, filled) && numbers.isDecided);
  const fractions = decided.filter(({ numbers }) => numbers.hasFractions);
  const commas = fractions.filter(({ numbers }) => numbers.decimalMark === ',').length;
  return fractions.length === 0 ? delimiter === ';' : commas * 2 > fractions.length;
}

function shareRemarks({ numbers }: ColumnFinding, fills: readonly string[]): string[] {
  if (!numbers.isShare && numbers.percents === 0) return [];
  return fills.some(isMoney) ? ['its cells are shares (0.2 is 20 %), no amounts: book an amount worked out of it'] : [];
}

function nameOf(header: string, at: number): string {
  const name = header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z]+|_+$/g, '')
    .slice(0, 50);
  return name.length > 1 ? name : `column_${at + 1}`;
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
  taken.add(name);
  return name;
}

function personalOf(
  header: string,
  finding: ColumnFinding,
  headers: PersonalHeaders | undefined,
): ContractColumn['personal'] {
  if (isMost(finding.emails, finding.filled)) return 'email';
  if (isMost(finding.phones, finding.filled)) return 'phone';
  return headers && personalKind(header, headers);
}

type Typed = Pick<DraftColumn, 'type' | 'formats' | 'decimalMark' | 'thousandsMark' | 'remarks'>;

interface Hints {
  readonly personal: ContractColumn['personal'];
  readonly hasComma: boolean;
  readonly header: string;
}

function typeOf(finding: ColumnFinding, wanted: ContractColumn['type'] | undefined, hints: Hints): Typed {
  if (finding.filled === 0) return { ...plain, type: wanted ?? 'text', remarks: ['empty in this file'] };
  if (hints.personal !== undefined) return { ...plain, type: 'text' };
  if (wanted === 'id' || wanted === 'text') return { ...plain, type: wanted };
  if (isMost(finding.dates.dates, finding.filled) && !isCount(wanted)) return dated(finding);
  if (wanted !== undefined && isTime(wanted)) return epoch(finding);
  return isCode(finding, hints.header) ? { ...plain, type: 'id' } : measured(finding, wanted, hints.hasComma);
}

/** Codes of digits are no numbers: `00123`, or a number under a header that says so. */
function isCode(finding: ColumnFinding, header: string): boolean {
  return finding.codes > 0 || /(?:编号|编码|号|\bid|_id|code|sku)$/i.test(header);
}

function measured(finding: ColumnFinding, wanted: ContractColumn['type'] | undefined, hasComma: boolean): Typed {
  if (isMost(finding.booleans, finding.filled)) return { ...plain, type: 'boolean' };
  if (isMost(finding.durations, finding.filled)) {
    return { ...plain, type: 'duration', remarks: restOf(finding.durations, finding.filled) };
  }
  if (!isMost(finding.numbers.numbers, finding.filled)) return plainText(wanted);
  return numeric(finding, wanted, hasComma);
}

function plainText(wanted: ContractColumn['type'] | undefined): Typed {
  const remarks = wanted === undefined ? [] : [`its header promises ${wanted}, its cells are none: decide`];
  return { ...plain, type: 'text', remarks };
}

function dated({ dates, filled }: ColumnFinding): Typed {
  const remarks = restOf(dates.dates, filled);
  const doubts = {
    ambiguous: 'no cell tells day from month: leave one format, or the file is refused',
    mixed: 'some cells have the day first, others the month: such a file is refused',
  };
  if (dates.doubt !== undefined) remarks.push(doubts[dates.doubt]);
  return { ...plain, type: dates.type, formats: dates.formats, remarks };
}

/** Unix times are told from other numbers by the header alone. */
function epoch(finding: ColumnFinding): Typed {
  const isMilliseconds = finding.codes * 2 > finding.filled;
  if (!isMost(finding.numbers.numbers, finding.filled)) return plainText('datetime');
  return { ...plain, type: 'instant', formats: [isMilliseconds ? 'unix_ms' : 'unix_s'] };
}

function numeric(finding: ColumnFinding, wanted: ContractColumn['type'] | undefined, hasComma: boolean): Typed {
  const { numbers, filled } = finding;
  const remarks = restOf(numbers.numbers, filled);
  const decimalMark = marksOf(numbers, hasComma);
  const swapped = decimalMark === ',' ? '.' : ',';
  const thousandsMark = /[ ']/.test(numbers.thousandsMark) ? numbers.thousandsMark : swapped;
  if (numbers.isUndecided) remarks.push(`no cell tells whether "${decimalMark}" is the decimal mark: check one amount`);
  return { ...plain, type: numberType(numbers, wanted), decimalMark, thousandsMark, remarks };
}

function marksOf(numbers: NumberFinding, hasComma: boolean): '.' | ',' {
  if (numbers.isDecided) return numbers.decimalMark;
  return hasComma ? ',' : '.';
}

function numberType(numbers: NumberFinding, wanted: ContractColumn['type'] | undefined): Typed['type'] {
  if (numbers.percents > 0) return 'percent';
  return numbers.hasFractions || numbers.isUndecided || wanted === 'decimal' ? 'decimal' : 'integer';
}

function restOf(count: number, filled: number): string[] {
  return count < filled ? [`${filled - count} of ${filled} cells are none: they are quarantined`] : [];
}

function isMost(count: number, filled: number): boolean {
  return filled > 0 && count >= filled * holds;
}

function isCount(type: ContractColumn['type'] | undefined): boolean {
  return type === 'integer' || type === 'decimal' || type === 'percent';
}

function isTime(type: ContractColumn['type']): boolean {
  return type === 'date' || type === 'datetime' || type === 'instant';
}
