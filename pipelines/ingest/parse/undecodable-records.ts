import type { Dialect } from '../detect/dialect.ts';
import { type PlacedRecord, RecordWindow } from './record-window.ts';

/** A byte so far behind a damaged record is none that it has lost. */
const reach = 1 << 16;
const lineFeed = '\n';

type RecordEnds = Pick<PlacedRecord, 'rawEnd' | 'end'>;

/** A text in which another mark stands for every run of bytes of no letter. */
interface Restored {
  readonly mark: string;
  readonly window: RecordWindow;
}

/**
 * Finds the records of a text that hold bytes of no letter. A lost byte may have been a quote, a delimiter or a line end: where
 * a record is regular with one in its place, it goes as far as that; of several such readings the longest counts, and without
 * any the text as it is. So no part of a damaged record is taken for a record.
 */
export class UndecodableRecords {
  readonly #width: number;
  readonly #plain: RecordWindow;
  readonly #restored: readonly Restored[];
  #text: Buffer = Buffer.alloc(0);
  #offsets: readonly number[] = [];
  /** The first offset that no earlier record holds. */
  #next = 0;
  #isRestored = false;

  constructor(dialect: Dialect, width: number) {
    // Letter by letter a byte: nothing depends on what the bytes mean.
    const ofBytes = { ...dialect, delimiter: Buffer.from(dialect.delimiter).toString('latin1') };
    const window = (): RecordWindow => new RecordWindow(ofBytes, width, 'latin1');
    const marks = [ofBytes.quote, ofBytes.delimiter, lineFeed].filter(({ length }) => length === 1);
    this.#width = width;
    this.#plain = window();
    this.#restored = marks.map((mark) => ({ mark, window: window() }));
  }

  /** `offsets`: where bytes of no letter stand in a text, ascending. */
  begin(text: Buffer, offsets: readonly number[]): void {
    this.#text = text;
    this.#offsets = offsets;
    this.#next = 0;
    this.#isRestored = false;
  }

  /** Whether one stands in a stretch; whoever asks goes forward. */
  isIn(start: number, end: number): boolean {
    if (this.#offsets.length === 0) return false;
    while ((this.#offsets[this.#next] ?? end) < start) this.#next += 1;
    return (this.#offsets[this.#next] ?? end) < end;
  }

  /** The record that starts here, if it holds one; `cut` where the text ends before that is known. */
  find(start: number, isLast: boolean): RecordEnds | 'cut' | undefined {
    if (!this.isIn(start, start + reach)) return undefined;
    this.#restore();
    const readings = [
      this.#plain.read(start, isLast) ?? 'cut',
      ...this.#restored.map(({ mark, window }) => this.#regular(window, start, isLast, mark === lineFeed)),
    ];
    if (readings.includes('cut')) return 'cut';
    const [plain, ...regular] = readings.filter((reading) => typeof reading === 'object');
    const found = regular.toSorted((one, other) => other.end - one.end)[0] ?? plain;
    return found !== undefined && this.isIn(start, found.end) ? found : undefined;
  }

  /** A regular record that holds one of the bytes; with the one behind it where they were its line end. */
  #regular(window: RecordWindow, start: number, isLast: boolean, isLineEnd: boolean): RecordEnds | 'cut' | undefined {
    const placed = window.read(start, isLast);
    if (placed === undefined) return 'cut';
    if (!this.#isRegular(placed) || !this.isIn(start, placed.end)) return undefined;
    if (!isLineEnd || !this.#offsets.includes(placed.rawEnd)) return placed;
    const behind = window.read(placed.end, isLast);
    if (behind === undefined) return isLast ? placed : 'cut';
    return this.#isRegular(behind) ? behind : placed;
  }

  #isRegular({ record: { fields, fault } }: PlacedRecord): boolean {
    return fields.length === this.#width && fault === undefined;
  }

  /** Only texts that hold a damaged record are copied. */
  #restore(): void {
    if (this.#isRestored) return;
    this.#isRestored = true;
    this.#plain.begin(this.#text);
    for (const { mark, window } of this.#restored) window.begin(withMarks(this.#text, this.#offsets, mark));
  }
}

/** A text with a mark for every run of the bytes at the offsets, padded with blanks. */
function withMarks(text: Buffer, offsets: readonly number[], mark: string): Buffer {
  const copy = Buffer.from(text);
  let before = -2;
  for (const offset of offsets) {
    copy[offset] = offset === before + 1 ? 0x20 : mark.charCodeAt(0);
    before = offset;
  }
  return copy;
}
