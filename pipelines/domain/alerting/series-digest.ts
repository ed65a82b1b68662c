import type { Observation, Series } from './series.ts';

const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);
/** Of the digest in the making. */
const state = new Int32Array(2);

/** Digests by month and end of the figures that were asked about last: several rules look at one series in turn. */
let latest: { readonly observations: Series['observations']; readonly digests: Map<string, string> } | undefined;

/** A fingerprint of a month's figures (`YYYY-MM`) before a period, over the exact bits of every number. */
export function monthDigest(series: Series, month: string, before: string): string {
  if (series.companion !== undefined) return digestOf(series, month, before);
  if (latest?.observations !== series.observations) latest = { observations: series.observations, digests: new Map() };
  const { digests } = latest;
  const digest = digests.get(month + before) ?? digestOf(series, month, before);
  digests.set(month + before, digest);
  return digest;
}

function digestOf(series: Series, month: string, before: string): string {
  state[0] = 0x811c9dc5;
  state[1] = 0x1b873593;
  for (let index = firstAtOrAfter(series.periods, month); index < series.periods.length; index++) {
    const period = series.periods[index] ?? '';
    if (period >= before || !period.startsWith(month)) break;
    takeObservation(series.observations[index] ?? null);
    if (series.companion !== undefined) takeObservation(series.companion[index] ?? null);
  }
  return `${((state[0] ?? 0) >>> 0).toString(36)}-${((state[1] ?? 0) >>> 0).toString(36)}`;
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

function takeObservation(observation: Observation | null): void {
  takeNumber(observation?.value ?? null);
  takeNumber(observation?.numerator ?? null);
  takeNumber(observation?.denominator ?? null);
  takeNumber(observation === null ? null : Number(observation.complete));
}

/** Two independent 32-bit mixes; no figure of a KPI is the smallest double, so that it can stand for "none". */
function takeNumber(value: number | null): void {
  number[0] = value ?? Number.MIN_VALUE;
  takeHalf(halves[0] ?? 0);
  takeHalf(halves[1] ?? 0);
}

function takeHalf(half: number): void {
  const a = state[0] ?? 0;
  const b = state[1] ?? 0;
  state[0] = Math.imul(a ^ half, 0x01000193);
  state[1] = Math.imul((b << 13) | (b >>> 19), 5) ^ Math.imul(half, 0xcc9e2d51);
}
