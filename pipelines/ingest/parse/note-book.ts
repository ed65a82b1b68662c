import type { Note } from '../../domain/receipt.ts';

interface Entry {
  count: number;
  readonly firstLine: number | undefined;
}

/** Counts departures from a clean table, one entry per kind. */
export class NoteBook {
  readonly #entries = new Map<string, Entry>();
  readonly #texts: Readonly<Record<string, string>>;

  /** `texts`: what each code means, in one sentence. */
  constructor(texts: Readonly<Record<string, string>>) {
    this.#texts = texts;
  }

  /** Counts departures of a kind; `line` is the physical line at which the first of them stands. */
  add(code: string, line?: number, count = 1): void {
    const entry = this.#entries.get(code);
    if (entry === undefined) this.#entries.set(code, { count, firstLine: line });
    else entry.count += count;
  }

  /** The notes in the order in which their kinds were first seen. */
  notes(): Note[] {
    return [...this.#entries].map(([code, { count, firstLine }]) => {
      const place = firstLine === undefined ? '' : ` First at line ${firstLine}.`;
      return { code, count, text: `${this.#texts[code] ?? code}${place}` };
    });
  }
}
