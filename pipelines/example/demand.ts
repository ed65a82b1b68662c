import { weekday } from './calendar.ts';
import { type ChannelHabits, channelHabits } from './company.ts';
import { type IncidentPlan, isWithin } from './incidents.ts';
import { mix, Random } from './random.ts';
import { seasonOf } from './seasons.ts';

/** What one channel sells on one day. */
export interface ChannelDay {
  readonly orders: number;
  /** Visits; 0 where nobody counts them. */
  readonly sessions: number;
  /** Share of the list price that is taken off more than on common days. */
  readonly discount: number;
}

export interface DemandOptions {
  readonly seed: number;
  readonly first: number;
  readonly last: number;
  readonly orders: number;
}

/** Growth is counted from here, so that a day looks the same in every world that contains it. */
const growthEpoch = 20_089;
/** Largest distance of a day from its expectation: demand, and conversion on common days and while it is being watched. */
const swings = { demand: 0.16, conversion: 0.1, approach: 0.012 };

/** Deals the orders out over channels and days: exactly as many as asked for, whatever the seasons weigh. */
export function planDemand(options: DemandOptions, plan: IncidentPlan | undefined): ReadonlyMap<string, ChannelDay[]> {
  const weights = channelHabits.map((habits) => weightsOf(habits, options, plan));
  const total = weights.flat().reduce((sum, day) => sum + day.weight, 0);
  let dealt = 0;
  let owed = 0;
  const planned = new Map<string, ChannelDay[]>();
  for (const [index, habits] of channelHabits.entries()) {
    const days = (weights[index] as DayWeight[]).map((day): ChannelDay => {
      owed += (day.weight / total) * options.orders;
      const orders = Math.max(0, Math.round(owed) - dealt);
      dealt += orders;
      const expected = orders > 0 ? orders : (day.weight / total) * options.orders;
      // Orders that are never paid end as cancelled ones and convert no visit.
      const kept = expected * (1 - habits.unpaid);
      const sessions = day.rate === 0 ? 0 : Math.max(1, Math.round(kept / day.rate));
      return { orders, sessions, discount: day.discount };
    });
    planned.set(habits.id, days);
  }
  return planned;
}

interface DayWeight {
  readonly weight: number;
  readonly rate: number;
  readonly discount: number;
}

function weightsOf(habits: ChannelHabits, options: DemandOptions, plan: IncidentPlan | undefined): DayWeight[] {
  const days: DayWeight[] = [];
  for (let day = options.first; day <= options.last; day += 1) {
    const random = new Random(mix(options.seed, day, mix(7, habits.id.length, habits.share * 1000)));
    const season = seasonOf(habits.id, day);
    const growth = (1 + habits.growth) ** ((day - growthEpoch) / 365);
    const common = (habits.weekdays[weekday(day)] ?? 1) * season.demand * growth * (1 + random.swing(swings.demand));
    const base = habits.conversion ?? 0;
    const usual = base * Math.sqrt(Math.max(1, season.demand)) * (1 + random.swing(swings.conversion));
    const rate = rateOf(habits, day, usual, plan) ?? usual;
    const lost = base === 0 ? 1 : rate / usual;
    days.push({ weight: habits.share * common * lost, rate, discount: season.discount });
  }
  return days;
}

/** The conversion that an incident imposes on a day, if one does. */
function rateOf(habits: ChannelHabits, day: number, usual: number, plan: IncidentPlan | undefined): number | undefined {
  if (plan === undefined) return undefined;
  if (plan.collapse.channel === habits.id && isWithin(plan.collapse, day)) {
    // A promotion must not hide the collapse: the fall is from the common rate.
    return Math.min(usual, (habits.conversion ?? 0) * 1.1) * (1 - plan.collapse.size);
  }
  const { approach } = plan;
  if (approach.channel !== habits.id || !isWithin(approach, day)) return undefined;
  const base = habits.conversion ?? 0;
  const progress = Math.min(1, (day - approach.from) / (approach.reached - approach.from));
  const jitter = (new Random(mix(day, 0xa9)).next() * 2 - 1) * swings.approach;
  return (base + (approach.rate - base) * progress) * (1 + jitter);
}
