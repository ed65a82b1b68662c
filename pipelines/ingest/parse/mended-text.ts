import { type Edit, TextEdits } from './text-edits.ts';

/** A record or an empty line for which something else was written. */
export type Mend = Edit & { readonly kind: Exclude<Edit['kind'], 'line_end'> };

/** Records of which only the line end was replaced. */
export interface LineEnds {
  readonly count: number;
  /** Ordinal of the first of them. */
  readonly first: number;
}

const noEdits = new TextEdits();
/** What is put together at once: it stays in a processor's cache until it is written. */
const pieceBytes = 1 << 18;

/** A text as the engine is to read it: the source, with other stretches in place of some. Both hold until it is released. */
export class MendedText {
  readonly lineEnds: LineEnds;
  readonly #source: Buffer;
  readonly #edits: TextEdits;
  readonly #giveBack: ((edits: TextEdits) => void) | undefined;

  constructor(source: Buffer, edits = noEdits, giveBack?: (edits: TextEdits) => void) {
    this.#source = source;
    this.#edits = edits;
    this.#giveBack = giveBack;
    this.lineEnds = lineEndsOf(edits);
  }

  /** Records that are no rows of the table whatever their cells say, in the order of the text. */
  misfits(): { readonly ordinal: number; readonly reason: 'field_count' | 'undecodable' }[] {
    if (!this.#edits.hasMisfits) return [];
    return [...this.mends()].flatMap(({ kind, ordinal }) =>
      kind === 'field_count' || kind === 'undecodable' ? [{ ordinal, reason: kind }] : [],
    );
  }

  /** In the order of the text. */
  *mends(): Generator<Mend> {
    const edits = this.#edits;
    if (this.lineEnds.count === edits.count) return;
    for (let at = 0; at < edits.count; at += 1) if (!edits.isLineEnd(at)) yield edits.edit(at) as Mend;
  }

  /** The text in pieces, each of which holds until the next is asked for. */
  *pieces(): Generator<Buffer> {
    if (this.#edits.count === 0) {
      yield this.#source;
      return;
    }
    const piece = Buffer.allocUnsafeSlow(pieceBytes);
    const cursor = new EditCursor(this.#source, this.#edits);
    for (let length = cursor.fill(piece); length > 0; length = cursor.fill(piece)) yield piece.subarray(0, length);
  }

  /** Gives its memory back. */
  release(): void {
    this.#giveBack?.(this.#edits);
  }
}

function lineEndsOf(edits: TextEdits): LineEnds {
  let [count, first] = [0, 0];
  for (let at = edits.count - 1; at >= 0; at -= 1) {
    if (!edits.isLineEnd(at)) continue;
    count += 1;
    first = at;
  }
  return { count, first: count === 0 ? 0 : edits.edit(first).ordinal };
}

/** Walks over a text from edit to edit. */
class EditCursor {
  readonly #source: Buffer;
  readonly #edits: TextEdits;
  /** The edit that comes next. */
  #next = 0;
  #text: Buffer;
  /** What is copied now, out of the source or out of what takes its place. */
  #from = 0;
  #to: number;

  constructor(source: Buffer, edits: TextEdits) {
    this.#source = source;
    this.#edits = edits;
    this.#text = source;
    this.#to = edits.start(0);
  }

  /** Fills a piece as far as the text goes; bytes written. */
  fill(piece: Buffer): number {
    let length = 0;
    do length += this.#copy(piece, length);
    while (length < piece.length && this.#go());
    return length;
  }

  #copy(piece: Buffer, length: number): number {
    const bytes = Math.min(this.#to - this.#from, piece.length - length);
    if (bytes === 1) piece[length] = this.#text[this.#from] as number;
    else if (bytes > 0) this.#text.copy(piece, length, this.#from, this.#from + bytes);
    this.#from += bytes;
    return bytes;
  }

  /** Goes on to the next stretch; false behind the last. */
  #go(): boolean {
    const edits = this.#edits;
    if (this.#from < this.#to) return true;
    if (this.#text !== this.#source) {
      this.#text = this.#source;
      this.#from = edits.end(this.#next - 1);
      this.#to = this.#next < edits.count ? edits.start(this.#next) : this.#source.length;
      return true;
    }
    if (this.#next === edits.count) return false;
    this.#text = edits.texts;
    this.#from = edits.textStart(this.#next);
    this.#to = edits.textStart(this.#next + 1);
    this.#next += 1;
    return true;
  }
}
