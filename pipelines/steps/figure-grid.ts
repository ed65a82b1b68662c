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
  readonly #columns: readonly Float64Array[];

  constructor({ periods, series, at, figures, count }: Figures) {
    this.#width = periods.length;
    const cells = cellsOf(periods, series, at);
    this.#columns = figures.map((given) => {
      const grid = new Float64Array(count * this.#width).fill(Number.NaN);
      for (let row = 0; row < given.length; row++) {
        const cell = cells[row] ?? -1;
        if (cell >= 0) grid[cell] = given[row] ?? Number.NaN;
      }
      return grid;
    });
  }

  /** One series; null where it has no row. */
  observations(series: number): (Observation | null)[] {
    const [numerators, denominators, values, completes] = this.#columns;
    const start = series * this.#width;
    return Array.from({ length: this.#width }, (_, index) => {
      const complete = numberAt(completes, start + index);
      if (complete === null) return null;
      return {
        numerator: numberAt(numerators, start + index),
        denominator: numberAt(denominators, start + index),
        value: numberAt(values, start + index),
        complete: complete === 1,
      };
    });
  }
}

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

function numberAt(column: Float64Array | undefined, index: number): number | null {
  const number = column?.[index];
  return number === undefined || Number.isNaN(number) ? null : number;
}
