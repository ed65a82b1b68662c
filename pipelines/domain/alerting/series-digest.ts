import type { Observation, Series } from './series.ts';

const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);

/** Digests by month and end, while their figures are in use: several rules look at one series. */
const known = new WeakMap<Series['observations'], Map<string, string>>();

/** A fingerprint of a month's figures (`YYYY-MM`) before a period, over the exact bits of every number. */
export function monthDigest(series: Series, month: string, before: string): string {
  if (series.companion !== undefined) return digestOf(series, month, before);
  const digests = known.get(series.observations) ?? new Map<string, string>();
  known.set(series.observations, digests);
  const digest = digests.get(month + before) ?? digestOf(series, month, before);
  digests.set(month + before, digest);
  return digest;
}

function digestOf(series: Series, month: string, before: string): string {
  const state = new Int32Array([0x811c9dc5, 0x1b873593]);
  for (let index = firstAtOrAfter(series.periods, month); index < series.periods.length; index++) {
    const period = series.periods[index] ?? '';
    if (period >= before || !period.startsWith(month)) break;
    takeObservation(state, series.observations[index] ?? null);
    if (series.companion !== undefined) takeObservation(state, series.companion[index] ?? null);
  }
  return [...state].map((half) => (half >>> 0).toString(36)).join('-');
}

/** Index of the first period that does not come before a text; periods rise. */
export function firstAtOrAfter(periods: readonly string[], text: string): number {
  let [low, high] = [0, periods.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((periods[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

function takeObservation(state: Int32Array, observation: Observation | null): void {
  takeNumber(state, observation?.value ?? null);
  takeNumber(state, observation?.numerator ?? null);
  takeNumber(state, observation?.denominator ?? null);
  takeNumber(state, observation === null ? null : Number(observation.complete));
}

/** Two independent 32-bit mixes; no figure of a KPI is the smallest double, so that it can stand for "none". */
function takeNumber(state: Int32Array, value: number | null): void {
  number[0] = value ?? Number.MIN_VALUE;
  takeHalf(state, halves[0] ?? 0);
  takeHalf(state, halves[1] ?? 0);
}

function takeHalf(state: Int32Array, half: number): void {
  const a = state[0] ?? 0;
  const b = state[1] ?? 0;
  state[0] = Math.imul(a ^ half, 0x01000193);
  state[1] = Math.imul((b << 13) | (b >>> 19), 5) ^ Math.imul(half, 0xcc9e2d51);
}
