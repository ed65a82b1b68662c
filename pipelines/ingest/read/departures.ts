import type { Note } from '../../domain/receipt.ts';
import { departureTexts } from '../parse/departure-texts.ts';
import type { MendedText } from '../parse/mended-text.ts';

/** Records that depart from a clean table, or values that are not kept as they are written, in one way. */
export interface Departure {
  readonly code: string;
  /** The contract's column that holds the values. */
  readonly column?: string;
  readonly count: number;
  /** Ordinal of the first of them in the file. */
  readonly firstLine: number;
}

/**
 * What had to be mended in a text. `firstLine`: ordinal of its first record in the file. `areLineEndsKnown`: a note on the
 * whole file says already that they differ.
 */
export function departuresOf(mended: MendedText, firstLine: number, areLineEndsKnown: boolean): Departure[] {
  const found = new Map<string, Departure>();
  for (const { departure: code, ordinal } of mended.mends()) {
    if (code === undefined) continue;
    const known = found.get(code);
    found.set(code, { code, count: (known?.count ?? 0) + 1, firstLine: known?.firstLine ?? ordinal + firstLine });
  }
  const { lineEnds } = mended;
  if (lineEnds.count === 0 || areLineEndsKnown) return [...found.values()];
  const mixed = { code: 'mixed_line_ends', count: lineEnds.count, firstLine: lineEnds.first + firstLine };
  return [...found.values(), mixed];
}

/** Counts departures over the chunks of a file, in whatever order these are read. */
export class Departures {
  readonly #found = new Map<string, Departure>();

  add(departures: readonly Departure[]): void {
    for (const departure of departures) {
      const kind = `${departure.code}:${departure.column ?? ''}`;
      const known = this.#found.get(kind) ?? { count: 0, firstLine: departure.firstLine };
      const firstLine = Math.min(departure.firstLine, known.firstLine);
      this.#found.set(kind, { ...departure, count: departure.count + known.count, firstLine });
    }
  }

  /** In the order of the file. */
  notes(): Note[] {
    const inOrder = [...this.#found.values()].sort((one, other) => one.firstLine - other.firstLine);
    return inOrder.map(({ code, column, count, firstLine }) => {
      const text = departureTexts[code as keyof typeof departureTexts] ?? code;
      const place = column === undefined ? '' : `Column ${column}: `;
      return { code, count, text: `${place}${text} First at record ${firstLine}.` };
    });
  }
}
