import { byPeriod, openWarnings } from '../domain/alerting/open-warnings.ts';
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
  const kept = filter.open === true ? openWarnings(warnings) : warnings;
  return kept.filter((warning) => filter.since === undefined || warning.period >= filter.since).sort(byPeriod);
}
