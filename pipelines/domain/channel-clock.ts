import { periodsBetween, shiftPeriod } from './alerting/series.ts';
import type { Contract } from './contract.ts';
import { zoneOffsets } from './zone-offsets.ts';

/** The zone of a channel's clock; of several contracts for one channel, the first by id describes it. */
export function timeZoneOf(contracts: Iterable<Contract>, channel: string): string | undefined {
  for (const { channel: own, timezone } of contracts) if (own.channel_id === channel) return timezone;
  return undefined;
}

/** Hours that a zone's clock leaps over or shows twice in some years, as it names them: `2026-03-29T02:00`. */
export function clockChanges(timezone: string, firstYear: number, lastYear: number): ReadonlySet<string> {
  const offsets = zoneOffsets(timezone, firstYear, lastYear);
  const hours = offsets.slice(1).flatMap((after, index) => {
    const before = offsets[index]?.offset_minutes ?? after.offset_minutes;
    const [from, until] = [before, after.offset_minutes].sort((a, b) => a - b);
    const names = [from, (until ?? 0) - 1].map((minutes) => localHour(after.from_at, minutes ?? 0));
    return periodsBetween('hour', names[0] ?? '', names[1] ?? '');
  });
  return new Set(hours);
}

/** The hour on a clock that is so many minutes ahead of an instant in UTC. */
function localHour(instant: string, minutes: number): string {
  const local = new Date(Date.parse(`${instant.replace(' ', 'T')}Z`) + minutes * 60_000);
  return shiftPeriod('hour', local.toISOString(), 0);
}

/** The clock changes of channels between two years, found when they are asked for. */
export function clockChangesByChannel(
  contracts: ReadonlyMap<string, Contract>,
  years: readonly [number, number],
): (channel: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (channel) => {
    const zone = timeZoneOf(contracts.values(), channel);
    if (zone === undefined) return none;
    const changes = known.get(zone) ?? clockChanges(zone, ...years);
    known.set(zone, changes);
    return changes;
  };
}

const none: ReadonlySet<string> = new Set();
