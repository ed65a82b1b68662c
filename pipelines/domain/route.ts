import { z } from 'zod';
import { severities, type Warning, warningStates } from './alerting/warning.ts';
import { identifier } from './text.ts';

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

/** Who hears what. A warning goes to every notifier that a fitting route names, once. */
export const route = z.strictObject({
  route: identifier,
  match: warningMatch.default({}),
  /** Names of notifiers. One that an installation does not have is left out. */
  to: z.array(identifier).min(1),
});
export type Route = z.infer<typeof route>;

export const routes = z.strictObject({ routes: z.array(route).min(1) });

/** Names of the notifiers that a warning goes to. */
export function notifiersFor(warning: Warning, given: readonly Route[]): ReadonlySet<string> {
  return new Set(given.filter((candidate) => fits(warning, candidate.match)).flatMap((fitting) => fitting.to));
}

/** Whether a warning is meant. */
export function fits(warning: Warning, match: WarningMatch): boolean {
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
