import { z } from 'zod';
import { addDays } from './series.ts';

/** Something that went wrong, as people know it: by its days, whether or not a rule saw it. */
export const incident = z
  .strictObject({
    id: z.string().min(1),
    kpi_id: z.string().min(1),
    /** A channel, or `all`. */
    channel_id: z.string().min(1),
    /** First and last day (ISO dates). */
    from: z.iso.date(),
    to: z.iso.date(),
    by: z.string().min(1),
    note: z.string().min(1),
    at: z.iso.datetime(),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'an incident ends after it has begun' });
export type Incident = z.infer<typeof incident>;

/** Where and when something was wrong. */
export interface Spell {
  readonly kpi_id: string;
  readonly channel_id: string;
  readonly from: string;
  /** Null: it lasts. */
  readonly to: string | null;
}

/** Days after an incident in which a first warning still speaks of it: rules that weigh several days see it late. */
const graceDays = 7;

/**
 * The troubles that are this incident: those of its own days, else the first one soon after. A second scare after an
 * incident that was seen in time is a scare.
 */
export function troublesOf<Trouble extends Spell>(incidentDays: Spell, troubles: readonly Trouble[]): Trouble[] {
  const same = troubles.filter(
    (trouble) => isSamePlace(incidentDays, trouble) && isNotOverBefore(trouble, incidentDays),
  );
  const { to } = incidentDays;
  const inTime = same.filter(({ from }) => to === null || from <= to);
  if (inTime.length > 0 || to === null) return inTime;
  const late = same.filter(({ from }) => from <= addDays(to, graceDays));
  return late.toSorted((a, b) => (a.from < b.from ? -1 : 1)).slice(0, 1);
}

function isSamePlace(a: Spell, b: Spell): boolean {
  const channels = [a.channel_id, b.channel_id];
  return a.kpi_id === b.kpi_id && (channels.includes('all') || a.channel_id === b.channel_id);
}

function isNotOverBefore(trouble: Spell, { from }: Spell): boolean {
  return trouble.to === null || trouble.to >= from;
}
