import type { Upkeep } from '../upkeep.ts';
import { median } from './robust.ts';
import { addDays, dayNumber } from './series.ts';

/** Last days (ISO dates) of the files of one source in one channel, in any order. */
export interface Deliveries {
  readonly source: string;
  readonly channel_id: string;
  readonly ends: readonly string[];
}

export interface Watermark {
  /** Data are there through this day. */
  readonly through: string;
  /** Days that usually lie between the ends of two files; null: too few files to tell. */
  readonly usual_days: number | null;
  /** First day on which the source was late, if it is. */
  readonly stale_since: string | null;
}

/** How many of the newest files say what is usual. */
const rememberedFiles = 12;
/** Two files have one distance between them; that is a coincidence, not a habit. */
const fewestFiles = 4;

/** How far the data of a source reach on a day, and whether that is less than usual. Pure. */
export function watermarkOf(
  { ends }: Deliveries,
  today: string,
  policy: Upkeep['stale_source'],
): Watermark | undefined {
  const days = [...new Set(ends)].filter((day) => day <= today).sort();
  const through = days.at(-1);
  if (through === undefined) return undefined;
  const recent = days.slice(-rememberedFiles).map(dayNumber);
  if (recent.length < fewestFiles) return { through, usual_days: null, stale_since: null };
  const usual_days = median(recent.slice(1).map((day, index) => day - (recent[index] ?? day)));
  const patience = Math.max(policy.fewest_days, Math.ceil(policy.usual_times * usual_days));
  const late = dayNumber(today) - dayNumber(through);
  const isStale = late >= patience && late <= policy.ended_after_days;
  return { through, usual_days, stale_since: isStale ? addDays(through, patience) : null };
}
