import type { Calendar } from '../calendar.ts';
import { fits, type Inhibition, type Route } from '../route.ts';
import type { DataBehind } from './data-behind.ts';
import { inhibitionOf, type Trouble } from './inhibit.ts';
import { isMuted } from './mute.ts';
import { isEnd } from './open-warnings.ts';
import { type Silence, silenceOf } from './silence.ts';
import type { Warning } from './warning.ts';

/** The latest warning of a series that was kept back, while its trouble is not over. */
export interface Held {
  readonly warning: Warning;
  /** Nothing of this trouble was ever told. */
  readonly untold: boolean;
}

/** What stands around one notifier's decisions. */
export interface Surroundings {
  readonly notifier: string;
  readonly routes: readonly Route[];
  readonly inhibitions: readonly Inhibition[];
  readonly silences: readonly Silence[];
  readonly calendars: ReadonlyMap<string, Calendar>;
  /** Which datasets are behind a warning; absent: nobody knows. */
  readonly behind?: DataBehind | undefined;
  readonly now: Date;
}

export type DropReason =
  | 'not_routed'
  /** The end of something that nobody heard of would only puzzle them. */
  | 'never_told'
  | 'silenced';
export type HoldReason = 'silenced' | 'inhibited' | 'muted';

/** What becomes of one warning at one notifier. `by` names the silence, inhibition or route that is behind it. */
export type Decision =
  | { readonly deed: 'send' }
  /** It is told later, unless it is over by then. */
  | { readonly deed: 'hold'; readonly reason: HoldReason; readonly by: string }
  /** It is told only if nobody acknowledges it in time. */
  | { readonly deed: 'wait'; readonly reason: 'not_escalated' }
  | { readonly deed: 'drop'; readonly reason: DropReason };

/** What a notifier knows of the series of a warning. */
export interface Known {
  readonly held: Held | undefined;
  /** It was told of the trouble by escalation. */
  readonly escalated: boolean;
  readonly troubles: readonly Trouble[];
}

/** Decides about one new warning, by a named reason. Pure and total. */
export function decide(warning: Warning, known: Known, around: Surroundings): Decision {
  const routes = fittingRoutes(warning, around);
  if (routes.length === 0 && !known.escalated) {
    const mayEscalate = !isEnd(warning) && escalations(warning, around).length > 0;
    return mayEscalate ? { deed: 'wait', reason: 'not_escalated' } : { deed: 'drop', reason: 'not_routed' };
  }
  if (isEndOf(warning, known.held)) return { deed: 'drop', reason: 'never_told' };
  const reason = reasonToHold(warning, known.troubles, around);
  if (reason === undefined) return { deed: 'send' };
  // Who is not to be disturbed wants no notice afterwards that it is over.
  if (reason.reason === 'silenced' && isEnd(warning)) return { deed: 'drop', reason: 'silenced' };
  return { deed: 'hold', ...reason };
}

/** Why a warning is to be kept back now, if it is. */
export function reasonToHold(
  warning: Warning,
  troubles: readonly Trouble[],
  around: Surroundings,
): { readonly reason: HoldReason; readonly by: string } | undefined {
  const silence = silenceOf(warning, around.silences, around.now);
  if (silence !== undefined) return { reason: 'silenced', by: silence.id };
  const routes = fittingRoutes(warning, around);
  if (routes.length === 0) return undefined;
  if (!isEnd(warning) && routes.every(({ inhibited }) => inhibited)) {
    const inhibition = inhibitionOf(warning, troubles, around);
    if (inhibition !== undefined) return { reason: 'inhibited', by: inhibition.inhibition };
  }
  const { severity } = warning;
  const resting = ({ mute }: Route) => mute !== undefined && isMuted(mute, { ...around, severity });
  return routes.every(resting) ? { reason: 'muted', by: routes[0]?.route ?? '' } : undefined;
}

/** Routes by which a notifier hears of a warning at once. */
export function fittingRoutes(warning: Warning, { routes, notifier }: Surroundings): readonly Route[] {
  return routes.filter((route) => route.to.includes(notifier) && fits(warning, route.match));
}

/** Hours after which a notifier hears of a warning that nobody has acknowledged. */
export function escalations(warning: Warning, { routes, notifier }: Surroundings): readonly number[] {
  return routes
    .filter((route) => fits(warning, route.match))
    .flatMap((route) => route.escalate.filter(({ to }) => to.includes(notifier)).map((step) => step.after_hours));
}

/** Whether a message closes or takes back something of which nothing was told. */
function isEndOf(warning: Warning, held: Held | undefined): boolean {
  if (!held?.untold) return false;
  if (warning.state === 'corrected') return warning.period === held.warning.period;
  return isEnd(warning) || warning.state === 'recovering';
}
