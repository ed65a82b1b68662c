import type { CellFacts, FactsOf } from '../sql/cell-facts.ts';
import { type Zone, zoneWithin } from '../sql/zone-sql.ts';
import type { ContractPlan } from './contract-plan.ts';

const timed = new Set(['date', 'datetime', 'instant']);
const hourMillis = 3_600_000;
/** Hours around a change of the clock that are looked at, beside those by which it is changed. */
const margin = 3;

/** The plan for cells of which the hours are known: a few steps of the zone do for most chunks of a file. */
export function withColumnZones(plan: ContractPlan, factsOf: FactsOf): ContractPlan {
  const zones = plan.columns.flatMap(({ column, position }) => {
    const hours = position === undefined || !timed.has(column.type) ? undefined : factsOf(position).hours;
    return hours === undefined ? [] : [[column.name, zoneWithin(plan.zone, yearsOf(hours))] as const];
  });
  return { ...plan, zones: new Map(zones) };
}

/** Whether no wall-clock time of a column can lie in an hour that the zone's clock skips or shows twice. */
export function isFarFromTurns(zone: Zone, { hours }: CellFacts): boolean {
  if (hours === undefined) return false;
  const { isSure, offsets } = zoneWithin(zone, yearsOf(hours));
  const steps = offsets?.local ?? [];
  return (
    isSure === true &&
    !steps.some(({ from, offset }, at) => {
      const before = steps[at - 1]?.offset;
      if (before === undefined) return false;
      const change = Number(offset > before ? offset - before : before - offset) / 1000 / hourMillis;
      return hoursAround(Number(from / 1000n), Math.ceil(change) + margin).some((hour) => hours.has(hour));
    })
  );
}

function yearsOf(hours: ReadonlySet<number>): [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const hour of hours) {
    first = Math.min(first, hour);
    last = Math.max(last, hour);
  }
  return [Math.floor(first / 1e6), Math.floor(last / 1e6)];
}

/** The hours up to `reach` before and behind a moment, as `CellFacts` writes them. */
function hoursAround(millis: number, reach: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, at) => {
    const iso = new Date(millis + (at - reach) * hourMillis).toISOString();
    return Number(iso.slice(0, 13).replaceAll(/[-T]/g, ''));
  });
}
