import type { Warning } from '../domain/alerting/warning.ts';
import type { Lake } from '../lake/lake.ts';
import { readRuns } from './alert-store.ts';

export interface WarningFilter {
  /** Only troubles that are not over. */
  readonly open?: boolean;
  /** Only messages about periods from this day on (ISO date). */
  readonly since?: string;
}

/** Every warning ever raised, oldest period first, unless filtered. */
export async function listWarnings(lake: Lake, filter: WarningFilter = {}): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for await (const run of readRuns(lake)) warnings.push(...run.warnings);
  const kept = filter.open === true ? openOnes(warnings) : warnings;
  return kept.filter((warning) => filter.since === undefined || warning.period >= filter.since).sort(byPeriod);
}

/** The latest message of each series whose trouble is not over. */
function openOnes(warnings: readonly Warning[]): Warning[] {
  const open = new Map<string, Warning>();
  for (const warning of [...warnings].sort(byPeriod)) {
    const last = open.get(warning.fingerprint);
    if (!isEnd(warning)) open.set(warning.fingerprint, warning);
    else if (ends(warning, last)) open.delete(warning.fingerprint);
  }
  return [...open.values()];
}

function isEnd(warning: Warning): boolean {
  return warning.state === 'recovered' || warning.state === 'corrected';
}

/** A correction takes back the message about its own period; the end of a failed evaluation ends no breach. */
function ends(warning: Warning, last: Warning | undefined): boolean {
  if (warning.state === 'corrected') return last?.period === warning.period;
  return (warning.previous_state === 'error') === (last?.state === 'error');
}

function byPeriod(a: Warning, b: Warning): number {
  if (a.period !== b.period) return a.period < b.period ? -1 : 1;
  return 0;
}
