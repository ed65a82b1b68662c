/** Middle value; the mean of the two middle ones. */
export function median(values: ArrayLike<number>): number {
  const order = sorted(values);
  const middle = order.length >> 1;
  const upper = order[middle] ?? 0;
  return order.length % 2 === 1 ? upper : ((order[middle - 1] ?? 0) + upper) / 2;
}

/** Mean of the middle half: nearly as sharp as the mean, and a quarter of bad values does not move it. */
export function midmean(values: ArrayLike<number>): number {
  const order = sorted(values);
  const cut = Math.floor(order.length / 4);
  const kept = order.length - 2 * cut;
  let sum = 0;
  for (let index = cut; index < cut + kept; index++) sum += order[index] ?? 0;
  return kept === 0 ? 0 : sum / kept;
}

/** The value below which a share of the values lies. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? 0;
}

/** Scatter of most values, in standard deviations of a normal one: a few odd ones do not widen it. */
export function spreadAround(values: readonly number[], middle: number): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/** An evaluation sorts a few numbers millions of times: they are put in order here, in memory that is used again. */
const places = new Map<number, Float64Array>();
const fewNumbers = 40;

/** The numbers in order, until the next call. Few are put in their place one by one, which is quicker than any sort. */
function sorted(values: ArrayLike<number>): Float64Array {
  const count = values.length;
  if (count > fewNumbers) return new Float64Array(values).sort();
  const order = placesFor(count);
  for (let index = 0; index < count; index++) {
    const value = values[index] ?? Number.NaN;
    // What is no number has no place among others; the plain sort puts it last.
    if (Number.isNaN(value)) return new Float64Array(values).sort();
    let at = index;
    for (; at > 0 && (order[at - 1] ?? 0) > value; at--) order[at] = order[at - 1] ?? 0;
    order[at] = value;
  }
  return order;
}

function placesFor(count: number): Float64Array {
  let order = places.get(count);
  if (order === undefined) {
    order = new Float64Array(count);
    places.set(count, order);
  }
  return order;
}
