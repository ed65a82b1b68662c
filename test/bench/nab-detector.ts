// A detector for streams of machine metrics: robust deviations, and how surprising they are beside all that the series has
// shown before. It serves the benchmark alone: the product's rules judge days of a shop, and its learnt rule says little
// about five-minute points (nab.ts prints that too). The views and their lengths were settled on one half of the series.

/** A day of five-minute points. */
const pointsOfDay = 288;
/** Half an hour. */
const pointsOfMean = 6;
const fewestPoints = 50;
/** Share of the largest deviations that the tail is drawn from. */
const tailShare = 0.02;

/** Earlier values in order, so that every quantile is at hand. */
class Sorted {
  readonly #values: number[] = [];

  get size(): number {
    return this.#values.length;
  }

  /** How many values are smaller. */
  below(value: number): number {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#values[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(value: number): void {
    this.#values.splice(this.below(value), 0, value);
  }

  remove(value: number): void {
    this.#values.splice(this.below(value), 1);
  }

  quantile(share: number): number {
    return this.#values[Math.min(this.size - 1, Math.floor(share * this.size))] ?? 0;
  }
}

/**
 * One score per point: the surprise of the most surprising of three views. The value itself sees spikes and new levels, its
 * change within the last day's changes sees jumps, the mean of half an hour sees what holds on.
 */
export function nabScores(values: readonly number[]): number[] {
  const changes = values.map((value, index) => (index === 0 ? 0 : value - (values[index - 1] ?? value)));
  const views = [
    surprises(deviations(values, Number.POSITIVE_INFINITY)),
    surprises(deviations(movingMean(values), Number.POSITIVE_INFINITY)),
    surprises(deviations(changes, pointsOfDay)),
  ];
  return tellOnce(values.map((_, index) => Math.max(...views.map((view) => view[index] ?? 0))));
}

/** Distance from the median of the last `reach` points, in half-widths of the middle two thirds. */
function deviations(values: readonly number[], reach: number): number[] {
  const earlier = new Sorted();
  return values.map((value, index) => {
    let deviation = 0;
    if (earlier.size >= fewestPoints) {
      const centre = earlier.quantile(0.5);
      const half = (earlier.quantile(0.84) - earlier.quantile(0.16)) / 2;
      // As in the rule: what hardly moves is not held to its last digit.
      deviation = Math.abs(value - centre) / Math.max(half, Math.abs(centre) * 0.02, 1e-9);
    }
    earlier.add(value);
    if (index >= reach) earlier.remove(values[index - reach] ?? 0);
    return deviation;
  });
}

/** How rare a deviation is, as the negative logarithm of its chance: by rank, and beyond the largest by the tail's slope. */
function surprises(sizes: readonly number[]): number[] {
  const earlier = new Sorted();
  return sizes.map((size) => {
    const surprise = earlier.size < 2 * fewestPoints || size <= 0 ? 0 : surpriseOf(size, earlier);
    earlier.add(size);
    return surprise;
  });
}

function surpriseOf(size: number, earlier: Sorted): number {
  const beyond = earlier.size - earlier.below(size);
  const byRank = -Math.log10((beyond + 0.5) / (earlier.size + 1));
  if (beyond > 0) return byRank;
  const largest = earlier.quantile(1);
  const tail = (largest - earlier.quantile(1 - tailShare)) / Math.log(tailShare * earlier.size);
  return byRank + (size - largest) / Math.max(tail, 0.05 * largest + 1e-9) / Math.LN10;
}

function movingMean(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (values[index - pointsOfMean] ?? 0);
    return sum / Math.min(index + 1, pointsOfMean);
  });
}

/** What is not graver than the day before it says nothing new. */
function tellOnce(scores: readonly number[]): number[] {
  return scores.map((score, index) => {
    const isNews = scores.slice(Math.max(0, index - pointsOfDay), index).every((before) => before < score);
    return isNews ? score : 0;
  });
}
