/** A small generator of noise (mulberry32); the same seed gives the same world. */
export interface Noise {
  /** Evenly between 0 and 1, both excluded. */
  readonly uniform: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Evenly between two bounds. */
  readonly between: (low: number, high: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** A count with this mean, as chance deals it. */
  readonly poisson: (mean: number) => number;
}

export function noiseFrom(seed: number): Noise {
  let state = Math.imul(seed + 0x9e3779b9, 0x85ebca6b) >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const between = (low: number, high: number) => low + (high - low) * uniform();
  const pick = <T>(choices: readonly T[]) => choices[Math.floor(choices.length * uniform())] as T;
  const poisson = (mean: number): number => {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const limit = Math.exp(-mean);
    let product = uniform();
    let count = 0;
    for (; product > limit; count++) product *= uniform();
    return count;
  };
  return { uniform, normal, between, pick, poisson };
}
