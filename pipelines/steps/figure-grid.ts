import type { Observation } from '../domain/alerting/series.ts';

export interface Figures {
  /** Numbers of the periods, rising. */
  readonly periods: readonly number[];
  /** Of each row, from 1: `span` × number of its series + its period's distance from the first one; negative where incomplete. */
  readonly places: Float64Array;
  /** Of each row: numerator, denominator and value; NaN where there is none. */
  readonly figures: readonly Float64Array[];
  /** How many series there are. */
  readonly count: number;
}

/** Period numbers from the first to the last one, those between that are no period's included. */
export function spanOf(periods: readonly number[]): number {
  return (periods.at(-1) ?? 0) - (periods[0] ?? 0) + 1;
}

/** Figures of many series over the same periods, as plain numbers side by side: a million of them fit in a few megabytes. */
export class FigureGrid {
  readonly #width: number;
  /** Numerator, denominator, value and completeness of each cell in turn. */
  readonly #numbers: Float64Array;

  constructor({ periods, places, figures, count }: Figures) {
    this.#width = periods.length;
    this.#numbers = new Float64Array(figuresPerCell * count * this.#width).fill(Number.NaN);
    const indexes = indexesOf(periods);
    const [numerators = none, denominators = none, values = none] = figures;
    for (let row = 0; row < places.length; row++) {
      const place = Math.abs(places[row] ?? 0) - 1;
      const series = Math.floor(place / indexes.length);
      const index = indexes[place - series * indexes.length] ?? -1;
      if (index < 0) continue;
      const at = figuresPerCell * (series * this.#width + index);
      this.#numbers[at] = numerators[row] ?? Number.NaN;
      this.#numbers[at + 1] = denominators[row] ?? Number.NaN;
      this.#numbers[at + 2] = values[row] ?? Number.NaN;
      this.#numbers[at + 3] = (places[row] ?? 0) > 0 ? 1 : 0;
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

  /** Marks the periods in which a series has a complete figure. */
  markComplete(series: number, marks: Uint8Array): void {
    for (let index = 0; index < this.#width; index++) {
      if (this.#numbers[figuresPerCell * (series * this.#width + index) + 3] === 1) marks[index] = 1;
    }
  }

  get width(): number {
    return this.#width;
  }

  #observation(at: number, complete: boolean): Observation {
    const [numerator, denominator, value] = [this.#numbers[at], this.#numbers[at + 1], this.#numbers[at + 2]];
    return { numerator: orNull(numerator), denominator: orNull(denominator), value: orNull(value), complete };
  }
}

const figuresPerCell = 4;

const none = new Float64Array();

/** Which period each distance from the first one is; −1 for none. */
function indexesOf(periods: readonly number[]): Int32Array {
  const first = periods[0] ?? 0;
  const indexes = new Int32Array(spanOf(periods)).fill(-1);
  for (const [index, period] of periods.entries()) indexes[period - first] = index;
  return indexes;
}

function orNull(number: number | undefined): number | null {
  return number === undefined || Number.isNaN(number) ? null : number;
}
