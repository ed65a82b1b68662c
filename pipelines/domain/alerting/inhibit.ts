import { fits, type Inhibition, type Matchable } from '../route.ts';
import { type DataBehind, sharesData } from './data-behind.ts';
import { ends, isEnd } from './open-warnings.ts';
import type { Warning } from './warning.ts';

/** A trouble of one series that may mute others, as far as it is known. */
export interface Trouble extends Matchable {
  readonly fingerprint: string;
  /** Period with which it began … */
  readonly from: string;
  /** … and with which it was over; null while it lasts. */
  readonly until: string | null;
  /** Period of its latest message. */
  readonly period: string;
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Troubles that may mute others, after the messages of a run: those that ended in it are still among them. */
export function troublesAfter(
  known: readonly Trouble[],
  warnings: readonly Warning[],
  inhibitions: readonly Inhibition[],
): Trouble[] {
  const lasting = new Map(known.map((trouble) => [trouble.fingerprint, trouble]));
  const over: Trouble[] = [];
  for (const warning of warnings) {
    const last = lasting.get(warning.fingerprint);
    if (isEnd(warning)) {
      if (last === undefined || !ends(warning, last)) continue;
      lasting.delete(warning.fingerprint);
      // A verdict that was taken back explains nothing.
      if (warning.state !== 'corrected') over.push({ ...last, until: warning.period });
    } else if (inhibitions.some(({ parent }) => fits(warning, parent))) {
      lasting.set(warning.fingerprint, troubleOf(warning, last));
    }
  }
  return [...over, ...lasting.values()];
}

function troubleOf(warning: Warning, last: Trouble | undefined): Trouble {
  const { fingerprint, state, severity, rule, kpi_id, channel_id, owner, period, dimensions } = warning;
  const from = last?.from ?? warning.since;
  return { fingerprint, state, severity, rule, kpi_id, channel_id, owner, period, dimensions, from, until: null };
}

/** The rule by which a trouble of the same time explains this warning, if one does. */
export function inhibitionOf(
  warning: Warning,
  troubles: readonly Trouble[],
  { inhibitions, behind }: { readonly inhibitions: readonly Inhibition[]; readonly behind?: DataBehind | undefined },
): Inhibition | undefined {
  return inhibitions.find(
    (rule) =>
      fits(warning, rule.child) &&
      troubles.some((trouble) => isParent(trouble, warning, { rule, behind }) && covers(trouble, warning)),
  );
}

function isParent(
  trouble: Trouble,
  child: Warning,
  { rule, behind }: { readonly rule: Inhibition; readonly behind: DataBehind | undefined },
): boolean {
  const { parent, equal } = rule;
  if (trouble.fingerprint === child.fingerprint || !fits(trouble, parent)) return false;
  const same = {
    channel: trouble.channel_id === child.channel_id,
    kpi: trouble.kpi_id === child.kpi_id,
    owner: trouble.owner === child.owner,
  };
  return equal.every((field) => (field === 'data' ? sharesData(trouble, child, behind) : same[field]));
}

/** A trouble that lasts explains what came before it was noticed as well: the child may be quicker to see it. */
function covers({ from, until }: Trouble, child: Warning): boolean {
  return until === null || (from <= child.period && child.period < until);
}
