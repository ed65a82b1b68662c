/** Middle value; the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const order = sorted(values);
  const middle = order.length >> 1;
  const upper = order[middle] ?? 0;
  return order.length % 2 === 1 ? upper : ((order[middle - 1] ?? 0) + upper) / 2;
}

/** Mean of the middle half: nearly as sharp as the mean, and a quarter of bad values does not move it. */
export function midmean(values: readonly number[]): number {
  const order = sorted(values);
  const cut = Math.floor(order.length / 4);
  const kept = order.length - 2 * cut;
  let sum = 0;
  for (let index = cut; index < cut + kept; index++) sum += order[index] ?? 0;
  return kept === 0 ? 0 : sum / kept;
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const order = sorted(values);
  return order[Math.min(order.length - 1, Math.floor(share * order.length))] ?? 0;
}

/** Scatter of most values, in standard deviations of a normal one: a few odd ones do not widen it. */
export function spreadAround(values: readonly number[], middle: number): number {
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

/** Typed arrays sort numbers without being told how: these few lines are where an evaluation spends its time. */
function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}
