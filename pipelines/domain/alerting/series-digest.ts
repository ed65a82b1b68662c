import type { Observation, Series } from './series.ts';

const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);

/** A fingerprint of a month's figures (`YYYY-MM`) before a period, over the exact bits of every number. */
export function monthDigest(series: Series, month: string, before: string): string {
  const state = new Int32Array([0x811c9dc5, 0x1b873593]);
  for (const [index, period] of series.periods.entries()) {
    if (period >= before || !period.startsWith(month)) continue;
    takeObservation(state, series.observations[index] ?? null);
    if (series.companion !== undefined) takeObservation(state, series.companion[index] ?? null);
  }
  return [...state].map((half) => (half >>> 0).toString(36)).join('-');
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
  for (const half of halves) {
    const [a = 0, b = 0] = state;
    state[0] = Math.imul(a ^ half, 0x01000193);
    state[1] = Math.imul((b << 13) | (b >>> 19), 5) ^ Math.imul(half, 0xcc9e2d51);
  }
}
