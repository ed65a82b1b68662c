import type { Observation } from '../domain/alerting/series.ts';

export interface Figures {
  /** Numbers of the periods, rising. */
  readonly periods: readonly number[];
  /** Of each row: which series, and the number of its period. */
  readonly series: Float64Array;
  readonly at: Float64Array;
  /** Of each row: numerator, denominator, value, and 1 where the period is complete; NaN where there is none. */
  readonly figures: readonly Float64Array[];
  /** How many series there are. */
  readonly count: number;
}

/** Figures of many series over the same periods, as plain numbers side by side: a million of them fit in a few megabytes. */
export class FigureGrid {
  readonly #width: number;
  /** Numerator, denominator, value and completeness of each cell in turn. */
  readonly #numbers: Float64Array;

  constructor({ periods, series, at, figures, count }: Figures) {
    this.#width = periods.length;
    this.#numbers = new Float64Array(figuresPerCell * count * this.#width).fill(Number.NaN);
    const cells = cellsOf(periods, series, at);
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row] ?? -1;
      if (cell < 0) continue;
      for (let place = 0; place < figuresPerCell; place++) {
        this.#numbers[figuresPerCell * cell + place] = figures[place]?.[row] ?? Number.NaN;
      }
    }
  }

  /** One series; null where it has no row. */
  observations(series: number): (Observation | null)[] {
    const observations: (Observation | null)[] = [];
    let at = figuresPerCell * series * this.#width;
    for (let index = 0; index < this.#width; index++, at += figuresPerCell) {
      const complete = this.#numbers[at + 3];
      if (complete === undefined || Number.isNaN(complete)) observations.push(null);
      else observations.push(this.#observation(at, complete === 1));
    }
    return observations;
  }

  #observation(at: number, complete: boolean): Observation {
    const [numerator, denominator, value] = [this.#numbers[at], this.#numbers[at + 1], this.#numbers[at + 2]];
    return { numerator: orNull(numerator), denominator: orNull(denominator), value: orNull(value), complete };
  }
}

const figuresPerCell = 4;

/** Where in the grid each row belongs; −1 for periods that it does not have. */
function cellsOf(periods: readonly number[], series: Float64Array, at: Float64Array): Int32Array {
  const first = periods[0] ?? 0;
  const place = new Int32Array((periods.at(-1) ?? 0) - first + 1).fill(-1);
  for (const [index, period] of periods.entries()) place[period - first] = index;
  const cells = new Int32Array(series.length).fill(-1);
  for (let row = 0; row < series.length; row++) {
    const index = place[(at[row] ?? 0) - first] ?? -1;
    if (index >= 0) cells[row] = (series[row] ?? 0) * periods.length + index;
  }
  return cells;
}

function orNull(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}
