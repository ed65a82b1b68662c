import { quotedString } from '@duckdb/node-api';

/** A zone's offset from UTC, from one moment to the next step; both in microseconds. */
export interface OffsetStep {
  readonly from: bigint;
  readonly offset: bigint;
}

/** A time zone and, once they were asked for, its offsets between 2000 and 2040. */
export interface Zone {
  readonly name: string;
  /** Steps on the zone's own clock, and on that of UTC. */
  readonly offsets?: { readonly local: readonly OffsetStep[]; readonly utc: readonly OffsetStep[] };
  /** All times that are converted lie where the offsets are known. */
  readonly isSure?: boolean;
}

const firstDay = '2000-01-01';
const lastDay = '2040-01-01';

/** Far more than any offset, so that a year of one clock is known on the other. */
const marginMicros = 10n * 86_400_000_000n;

/** A zone with only those steps of its offset that times of some years can meet. */
export function zoneWithin(zone: Zone, [first, last]: readonly [number, number]): Zone {
  const { name, offsets } = zone;
  if (offsets === undefined || first <= Number(firstDay.slice(0, 4)) || last + 1 >= Number(lastDay.slice(0, 4)))
    return zone;
  const begin = BigInt(Date.UTC(first, 0, 1)) * 1000n - marginMicros;
  const end = BigInt(Date.UTC(last + 1, 0, 1)) * 1000n + marginMicros;
  const met = (steps: readonly OffsetStep[]): readonly OffsetStep[] =>
    steps.filter(({ from }, at) => from < end && (steps[at + 1]?.from ?? end) > begin);
  return { name, offsets: { local: met(offsets.local), utc: met(offsets.utc) }, isSure: true };
}

/** SQL: the steps of a zone's offset as rows (from, offset). The engine's own zone data is asked, so both ways agree. */
export function offsetSteps(zone: string, clock: 'local' | 'utc'): string {
  const name = quotedString(zone);
  const offset = (at: string): string =>
    clock === 'local'
      ? `epoch_us(${at}) - epoch_us(timezone('UTC', timezone(${name}, ${at})))`
      : `epoch_us(timezone(${name}, timezone('UTC', ${at}))) - epoch_us(${at})`;
  const series = (from: string, to: string, step: string): string =>
    `unnest(generate_series(${from}, ${to}, interval '${step}'))`;
  return `with days as (select ${series(`timestamp '${firstDay}'`, `timestamp '${lastDay}'`, '1 day')} as t),
    offsets as (select t, ${offset('t')} as o from days),
    turns as (select t, o, lead(t) over (order by t) as next, lead(o) over (order by t) as later from offsets),
    quarters as (select ${series('t', 'next', '15 minutes')} as t from turns where o <> later
      union select timestamp '${firstDay}'),
    steps as (select t, ${offset('t')} as o from quarters),
    changes as (select t, o, lag(o) over (order by t) as before from steps)
    select epoch_us(t), o from changes where before is null or o <> before order by t`;
}

/** SQL: a wall-clock time of the zone in UTC. `sql` is a timestamp; it is repeated, so it should be short. */
export function localToUtc(sql: string, zone: Zone): string {
  const slow = `timezone('UTC', timezone(${quotedString(zone.name)}, ${sql}))`;
  return shifted(sql, zone, { steps: zone.offsets?.local, sign: '-', slow });
}

/** SQL: a time in UTC on the zone's clock. */
export function utcToLocal(sql: string, zone: Zone): string {
  const slow = `timezone(${quotedString(zone.name)}, timezone('UTC', ${sql}))`;
  return shifted(sql, zone, { steps: zone.offsets?.utc, sign: '+', slow });
}

/** The zone's calendar costs the engine 0.2 µs a value, comparisons with constants a tenth of that. */
function shifted(
  sql: string,
  { isSure }: Zone,
  {
    steps,
    sign,
    slow,
  }: { readonly steps: readonly OffsetStep[] | undefined; readonly sign: '+' | '-'; readonly slow: string },
): string {
  if (steps === undefined || steps.length === 0) return slow;
  if (isSure) return searched(sql, steps, sign);
  const known = `${sql} >= timestamp '${firstDay}' and ${sql} < timestamp '${lastDay}'`;
  return `case when ${known} then ${searched(sql, steps, sign)} when ${sql} is not null then ${slow} end`;
}

/** Halves the steps at each comparison. */
function searched(sql: string, steps: readonly OffsetStep[], sign: '+' | '-'): string {
  const [only] = steps;
  if (only === undefined || steps.length === 1) {
    return `${sql} ${sign} to_microseconds(${only?.offset ?? 0n})`;
  }
  const half = steps.length >> 1;
  const bound = new Date(Number((steps[half]?.from ?? 0n) / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const [before, after] = [steps.slice(0, half), steps.slice(half)].map((part) => searched(sql, part, sign));
  return `case when ${sql} < timestamp '${bound}' then ${before} else ${after} end`;
}
