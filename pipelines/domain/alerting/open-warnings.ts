import type { Warning } from './warning.ts';

/** The latest message of each series whose trouble is not over. */
export function openWarnings(warnings: readonly Warning[]): Warning[] {
  const open = new Map<string, Warning>();
  for (const warning of warnings.toSorted(byPeriod)) {
    const last = open.get(warning.fingerprint);
    if (!isEnd(warning)) open.set(warning.fingerprint, warning);
    else if (ends(warning, last)) open.delete(warning.fingerprint);
  }
  return [...open.values()];
}

/** True for messages that close a trouble or take it back. */
export function isEnd(warning: Pick<Warning, 'state'>): boolean {
  return warning.state === 'recovered' || warning.state === 'corrected' || warning.state === 'unwatched';
}

/** Oldest first; of one period, in the order in which they were told. */
export function byPeriod(a: Warning, b: Warning): number {
  if (a.period === b.period) return 0;
  return a.period < b.period ? -1 : 1;
}

/** A correction takes back the message about its own period; the end of a failed evaluation ends no breach. */
export function ends(
  warning: Pick<Warning, 'state' | 'period' | 'previous_state'>,
  last: Pick<Warning, 'state' | 'period'> | undefined,
): boolean {
  if (warning.state === 'corrected') return last?.period === warning.period;
  return (warning.previous_state === 'error') === (last?.state === 'error');
}
