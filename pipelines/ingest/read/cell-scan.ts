import { MendedText } from '../parse/mended-text.ts';
import type { RecordMender } from '../parse/record-mender.ts';
import type { CellRule } from '../plan/cell-rules.ts';
import type { CellFacts } from '../sql/cell-facts.ts';
import { CellJudge } from './cell-judge.ts';
import { DistinctCells, isSame } from './distinct-cells.ts';
import { RecordCutter } from './record-cutter.ts';
import type { ScanMarks } from './record-texts.ts';
import { RepeatedLines, type Repeats } from './repeated-lines.ts';

/** What the cells of a text have in common. */
export interface CellFindings {
  /** By position; only of the columns that were looked at. */
  readonly facts: ReadonlyMap<number, CellFacts>;
  /** A record has no value in any of the columns that were looked at. */
  readonly hasBlankRecord: boolean;
  /** Distinct cells by position, of the columns that were to be gathered; undefined where they are not clear. */
  readonly distinct: ReadonlyMap<number, readonly string[] | undefined>;
  /** Undefined where they were not looked for, or are not known of all records. */
  readonly repeats: Repeats | undefined;
}

/** What is done with the cells beside judging them. */
export interface CellUses {
  /** Where a text goes on behind its last record, it is cut where the cell at this position changed last. */
  readonly run?: number | undefined;
  /** Positions of columns whose distinct cells are gathered. */
  readonly distinct?: readonly number[];
  /** Positions of order and product, by which lines are numbered. */
  readonly lines?: { readonly order: number; readonly product: number } | undefined;
  readonly mender?: RecordMender;
}

export interface TextScan {
  /** Complete records found. */
  readonly records: number;
  /** Offset behind the last complete record. */
  readonly end: number;
  /** Undefined where nothing is known of the cells. */
  readonly findings: CellFindings | undefined;
  /** The complete records as the engine is to read them. */
  readonly mended: MendedText;
}

/**
 * Reads every byte of a text once: finds where records end, and what all cells of a column have in common. Independent of
 * the engine that reads the text afterwards. Records whose quotes, line ends or number of fields the engine might take
 * otherwise go to the mender; without one, nothing is found in such a text.
 */
export class CellScan {
  readonly #cutter: RecordCutter;
  readonly #mender: RecordMender | undefined;
  /** Cuts records of which a cell is in no block. */
  readonly #apart: RecordCutter;
  readonly #positions: readonly number[];
  readonly #judges: readonly CellJudge[];
  readonly #distinct: readonly { readonly position: number; readonly place: number; readonly cells: DistinctCells }[];
  readonly #lines = new RepeatedLines();
  /** Places of columns among those that are cut. */
  readonly #linePlaces: { readonly order: number; readonly product: number } | undefined;
  readonly #run: number | undefined;
  #hasBlankRecord = false;
  /** Where the present run begins: its first cell, its offset in the text, the records before it. */
  #runFrom = 0;
  #runTo = 0;
  #runStart = 0;
  #runRecords = 0;

  constructor(marks: ScanMarks, width: number, rules: readonly CellRule[], uses: CellUses = {}) {
    const { run, distinct = [], lines, mender } = uses;
    this.#mender = mender;
    this.#positions = rules.map(({ position }) => position);
    this.#judges = rules.map(({ shape, nullWords }) => new CellJudge(shape, nullWords));
    const compared = [...distinct, ...Object.values(lines ?? {})];
    const cut = [...new Set([...this.#positions, ...(run === undefined ? [] : [run]), ...compared])];
    this.#run = run === undefined ? undefined : cut.indexOf(run);
    this.#distinct = distinct.map((position) => {
      return { position, place: cut.indexOf(position), cells: new DistinctCells() };
    });
    this.#linePlaces = lines && { order: cut.indexOf(lines.order), product: cut.indexOf(lines.product) };
    this.#cutter = new RecordCutter(marks, width, { kept: cut, compared, mender });
    this.#apart = new RecordCutter({ ...marks, areQuotesLetters: false, doReturnsEnd: false }, width, { kept: cut });
  }

  /** `isLast`: the text ends the file, and its last record needs no line end. `undecodable`: offsets of bytes of no letter. */
  scan(text: Buffer, isLast: boolean, undecodable: readonly number[] = []): TextScan {
    const cutter = this.#cutter;
    this.#begin();
    cutter.begin(text, isLast, undecodable);
    while (cutter.next()) {
      if (!cutter.isDoubtful) this.#lookAtBlock(cutter);
      if (!isLast && !cutter.isDoubtful && this.#run !== undefined) this.#continueRun(this.#run);
    }
    // A run that fills the text is cut wherever it is, and so is text that the engine does not read as it stands.
    const isCut = !isLast && this.#runRecords > 0 && !cutter.isDoubtful;
    const cut = isCut
      ? { end: this.#runStart, records: this.#runRecords }
      : { end: cutter.position, records: cutter.records };
    const mended = this.#mender?.finish(cut.end) ?? new MendedText(text.subarray(0, cut.end));
    this.#judgeApart(Buffer.from(cutter.apart.join('')));
    return { ...cut, findings: this.#findings(cut.records), mended };
  }

  #begin(): void {
    this.#hasBlankRecord = false;
    this.#runFrom = 0;
    this.#runTo = 0;
    this.#runStart = 0;
    this.#runRecords = 0;
    for (const judge of this.#judges) judge.begin();
    for (const { cells } of this.#distinct) cells.begin();
    this.#lines.begin();
  }

  #findings(records: number): CellFindings | undefined {
    if (this.#cutter.isDoubtful) return undefined;
    const isWhole = this.#cutter.areCompared;
    const facts = this.#judges.map((judge, at) => [this.#positions[at] ?? 0, judge.facts] as const);
    return {
      facts: new Map(facts),
      hasBlankRecord: this.#hasBlankRecord,
      distinct: new Map(this.#distinct.map(({ position, cells }) => [position, isWhole ? cells.cells : undefined])),
      repeats: this.#linePlaces && isWhole ? this.#lines.repeats(records) : undefined,
    };
  }

  #lookAtBlock(block: RecordCutter): void {
    // As they stand, blanks and all: judging leaves the blanks out.
    for (const { cells, place } of this.#distinct) cells.add(block, place);
    this.#judgeBlock(block);
    const places = this.#linePlaces;
    if (places !== undefined) this.#lines.add(block, places.order, places.product);
  }

  #judgeBlock(block: RecordCutter): void {
    let isBlankPossible = true;
    for (const [place, judge] of this.#judges.entries()) {
      isBlankPossible = judge.judge(block, place) && isBlankPossible;
    }
    // Every column has an empty cell somewhere in the block.
    if (isBlankPossible) this.#hasBlankRecord ||= hasBlankRecord(block, this.#judges.length);
  }

  /** Takes note of the cells of records of which one is in no block. */
  #judgeApart(text: Buffer): void {
    this.#apart.begin(text, true);
    while (this.#apart.next()) this.#judgeBlock(this.#apart);
    if (this.#apart.isDoubtful) throw new Error('a record that was written anew is not read as it was meant');
  }

  /** Finds the last record of the block whose cell differs from that of the record before. */
  #continueRun(place: number): void {
    const { starts, ends, stride, count, text, recordStarts, ordinals } = this.#cutter;
    for (let at = count - 1; at >= 0; at -= 1) {
      const here = at * stride + place;
      const from = starts[here] as number;
      const length = (ends[here] as number) - from;
      const otherFrom = at > 0 ? (starts[here - stride] as number) : this.#runFrom;
      const otherTo = at > 0 ? (ends[here - stride] as number) : this.#runTo;
      if (otherTo - otherFrom === length && isSame(text, from, otherFrom, length)) continue;
      this.#runFrom = from;
      this.#runTo = from + length;
      this.#runStart = recordStarts[at] ?? 0;
      this.#runRecords = ordinals[at] ?? 0;
      return;
    }
  }
}

/** Whether a record of the block has nothing but blanks in its first `places` kept cells. */
function hasBlankRecord({ text, starts, ends, stride, count }: RecordCutter, places: number): boolean {
  for (let record = 0; record < count; record += 1) {
    let place = record * stride;
    const behind = place + places;
    while (place < behind && isBlank(text, starts[place] as number, ends[place] as number)) place += 1;
    if (place === behind) return true;
  }
  return false;
}

function isBlank(text: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((text[at] as number) > 0x20) return false;
  return true;
}
