import { z } from 'zod';
import { severities, type Warning, warningStates } from './alerting/warning.ts';
import { bilingual, identifier } from './text.ts';

/** Which warnings are meant. Every stated condition must hold; none: every warning. */
export const warningMatch = z.strictObject({
  states: z.array(z.enum(warningStates)).optional(),
  severities: z.array(z.enum(severities)).optional(),
  rules: z.array(z.string()).optional(),
  kpis: z.array(z.string()).optional(),
  channels: z.array(z.string()).optional(),
  owners: z.array(z.string()).optional(),
});
export type WarningMatch = z.infer<typeof warningMatch>;

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM');

/** When a route rests. What comes then is told afterwards, unless it is over by then. */
export const muteTimes = z.strictObject({
  /** IANA name; hours, weekdays and calendar days are meant there. */
  time_zone: z.string().min(1),
  /** `to` before `from` reaches over midnight. */
  hours: z.array(z.strictObject({ from: clockTime, to: clockTime })).default([]),
  /** 1 = Monday … 7 = Sunday. */
  weekdays: z.array(z.int().min(1).max(7)).default([]),
  calendars: z.array(identifier).default([]),
  /** Severities that get through all the same. */
  except: z.array(z.enum(severities)).default(['critical']),
});
export type MuteTimes = z.infer<typeof muteTimes>;

/** Who hears what. A warning goes to every notifier that a fitting route names, once. */
export const route = z.strictObject({
  route: identifier,
  match: warningMatch.default({}),
  /** Names of notifiers. One that an installation does not have is left out. */
  to: z.array(identifier).min(1),
  /** False: this audience hears the children too when a parent is in trouble. */
  inhibited: z.boolean().default(true),
  mute: muteTimes.optional(),
  /** Says it again while the trouble lasts and nobody has acknowledged it. */
  repeat_after_hours: z.number().positive().optional(),
  /** Who is told besides when nobody has acknowledged it for so long. */
  escalate: z.array(z.strictObject({ after_hours: z.number().positive(), to: z.array(identifier).min(1) })).default([]),
  /** What the messages of one run have in common that come as one, where a notifier can put several into one. */
  group_by: z.array(z.enum(['owner', 'channel', 'rule'])).default(['owner']),
});
export type Route = z.infer<typeof route>;
/** A route as it is written: what is left out has its default. */
export type WrittenRoute = z.input<typeof route>;

/** A trouble (the parent) explains others (its children): those are not told while it lasts. */
export const inhibition = z.strictObject({
  inhibition: identifier,
  parent: warningMatch,
  child: warningMatch,
  /** What parent and child must have in common; `data`: the datasets behind them. */
  equal: z.array(z.enum(['channel', 'kpi', 'owner', 'data'])).default(['channel']),
  reason: bilingual,
});
export type Inhibition = z.infer<typeof inhibition>;

export const routes = z.strictObject({ routes: z.array(route).min(1), inhibitions: z.array(inhibition).default([]) });

/** What of a warning says whether it is meant. */
export type Matchable = Pick<Warning, 'state' | 'severity' | 'rule' | 'kpi_id' | 'channel_id' | 'owner'>;

/** Whether a warning is meant. */
export function fits(warning: Matchable, match: WarningMatch): boolean {
  const conditions: readonly [readonly string[] | undefined, string][] = [
    [match.states, warning.state],
    [match.severities, warning.severity],
    [match.rules, warning.rule],
    [match.kpis, warning.kpi_id],
    [match.channels, warning.channel_id],
    [match.owners, warning.owner],
  ];
  return conditions.every(([allowed, found]) => allowed === undefined || allowed.includes(found));
}
