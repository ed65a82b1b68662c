import type { CellRule } from '../plan/cell-rules.ts';
import type { CellFacts } from '../sql/cell-facts.ts';
import { CellJudge } from './cell-judge.ts';
import type { RecordScan, ScanMarks } from './record-scan.ts';

/** What the cells of a text have in common. */
export interface CellFindings {
  /** By position; only of the columns that were looked at. */
  readonly facts: ReadonlyMap<number, CellFacts>;
  /** A record has no value in any of the columns that were looked at. */
  readonly hasBlankRecord: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const openQuote = -1;
const incomplete = -2;

/**
 * Reads every byte of a text once: finds where records end, as `scanRecords` does, and what all cells of a column have in
 * common. Independent of the engine that reads the text afterwards. Finds nothing in text whose quotes, line ends or number
 * of fields the engine might take otherwise.
 */
export class CellScan {
  readonly #marks: ScanMarks;
  readonly #width: number;
  readonly #judges: readonly (CellJudge | undefined)[];
  /** Bytes that end an unquoted cell or make it doubtful. */
  readonly #stops = new Uint8Array(256);
  #text: Buffer = Buffer.alloc(0);
  #hasBlankRecord = false;
  #isDoubtful = false;
  /** Where the content of the current cell begins and ends, without its quotes. */
  #from = 0;
  #to = 0;
  readonly #runPosition: number | undefined;
  /** Where the cell of the present run stands in the text. */
  #runFrom = 0;
  #runTo = 0;

  /** `runPosition`: where a text goes on behind its last record, it is cut where this cell changed last. */
  constructor(marks: ScanMarks, width: number, rules: readonly CellRule[], runPosition?: number) {
    this.#marks = marks;
    this.#width = width;
    this.#runPosition = runPosition;
    const judges = new Map(rules.map((rule) => [rule.position, new CellJudge(rule.shape, rule.nullWords)]));
    this.#judges = Array.from({ length: width }, (_, at) => judges.get(at));
    for (const byte of [marks.delimiter, lineFeed, carriageReturn, marks.quote ?? lineFeed]) this.#stops[byte] = 1;
  }

  /** `isLast`: the text ends the file, and its last record needs no line end. */
  scan(text: Buffer, isLast: boolean): RecordScan & { readonly findings: CellFindings | undefined } {
    this.#begin(text);
    let [start, end] = [0, 0];
    let [records, emptyLines] = [0, 0];
    let run = { end: 0, records: 0, emptyLines: 0 };
    while (start < text.length) {
      const behindEmpty = this.#emptyLine(start);
      const before = this.#runFrom;
      end = behindEmpty > 0 ? behindEmpty : this.#record(start, isLast);
      if (end < 0) break;
      if (this.#runFrom !== before) run = { end: start, records, emptyLines };
      if (behindEmpty > 0) emptyLines += 1;
      else records += 1;
      start = end;
    }
    // A run that fills the text is cut wherever it is.
    const cut = isLast || run.records === 0 ? { end: start, records, emptyLines } : run;
    return { ...cut, isOpen: end === openQuote, findings: this.#findings() };
  }

  #begin(text: Buffer): void {
    this.#text = text;
    this.#hasBlankRecord = false;
    this.#isDoubtful = false;
    this.#runFrom = 0;
    this.#runTo = 0;
    for (const judge of this.#judges) judge?.begin(text);
  }

  #findings(): CellFindings | undefined {
    if (this.#isDoubtful) return undefined;
    const facts = this.#judges.flatMap((judge, at) => (judge === undefined ? [] : [[at, judge.facts] as const]));
    return { facts: new Map(facts), hasBlankRecord: this.#hasBlankRecord };
  }

  /** Offset behind an empty line that starts here, else 0. */
  #emptyLine(start: number): number {
    if (this.#text[start] === lineFeed) return start + 1;
    return this.#text[start] === carriageReturn && this.#text[start + 1] === lineFeed ? start + 2 : 0;
  }

  /** Offset behind the record, or why it does not end within the text. */
  #record(start: number, isLast: boolean): number {
    const end = this.#text.length;
    let hasValue = false;
    let column = 0;
    for (let at = start; ; at += 1) {
      at = this.#cell(at);
      if (at < 0) return openQuote;
      if (at === end && !isLast) return incomplete;
      hasValue = this.#judgeCell(column) || hasValue;
      column += 1;
      if (at < end && this.#text[at] !== lineFeed) continue;
      if (column !== this.#width) this.#isDoubtful = true;
      this.#hasBlankRecord ||= !hasValue;
      return Math.min(at + 1, end);
    }
  }

  /** Takes note of a cell; false where nothing is known to stand in it. */
  #judgeCell(column: number): boolean {
    if (column === this.#runPosition) this.#continueRun();
    const judge = column < this.#width ? this.#judges[column] : undefined;
    return judge?.judge(this.#from, this.#to) ?? false;
  }

  /** Begins a run where the cell differs from that of the record before. */
  #continueRun(): void {
    const length = this.#to - this.#from;
    let at = this.#runTo - this.#runFrom === length ? length : -1;
    // The end of an order's number differs sooner than its beginning.
    while (at > 0 && this.#text[this.#runFrom + at - 1] === this.#text[this.#from + at - 1]) at -= 1;
    if (at === 0 && length > 0) return;
    this.#runFrom = this.#from;
    this.#runTo = this.#to;
  }

  /** Offset of the delimiter or line feed behind a cell, or the end of the text; -1 where its quote does not close. */
  #cell(start: number): number {
    const text = this.#text;
    const end = text.length;
    let at = start;
    if (at < end && text[at] === this.#marks.quote) return this.#quoted(at);
    this.#from = at;
    while (at < end && this.#stops[text[at] as number] === 0) at += 1;
    this.#to = at;
    if (at === end || text[at] === this.#marks.delimiter || text[at] === lineFeed) return at;
    return this.#doubtful(at);
  }

  /** Goes on behind a carriage return or a quote in an unquoted cell: to its delimiter or line feed, or the end of the text. */
  #doubtful(start: number): number {
    const text = this.#text;
    for (let at = start; ; at += 1) {
      while (at < text.length && this.#stops[text[at] as number] === 0) at += 1;
      this.#to = at;
      const byte = text[at];
      if (byte === this.#marks.delimiter || byte === lineFeed || byte === undefined) return at;
      if (byte === carriageReturn && text[at + 1] === lineFeed) return at + 1;
      this.#isDoubtful = true;
    }
  }

  /** `#cell` for one that opens with a quote. */
  #quoted(opening: number): number {
    const text = this.#text;
    const quote = this.#marks.quote;
    let at = opening + 1;
    for (; ; at += 2) {
      while (at < text.length && text[at] !== quote) at += 1;
      if (at >= text.length) return -1;
      if (text[at + 1] !== quote) break;
    }
    const closing = at;
    this.#from = opening + 1;
    const stop = this.#doubtful(closing + 1);
    const isClean = stop === closing + 1 || (stop === closing + 2 && text[closing + 1] === carriageReturn);
    if (!isClean) this.#isDoubtful = true;
    this.#to = closing;
    return stop;
  }
}
