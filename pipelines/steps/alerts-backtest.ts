import { readFileSync } from 'node:fs';
import type { Definitions } from '../definitions.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { CatalogError } from '../domain/errors.ts';
import { type Threshold, threshold } from '../domain/threshold.ts';
import { thresholdFaults } from '../domain/threshold-faults.ts';
import { parseYaml } from '../domain/yaml-document.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import type { EvaluationRecord } from './alert-store.ts';
import { evaluateRules } from './evaluate-rules.ts';

export interface BacktestOptions {
  /** The rule as it might become. */
  readonly rule: Threshold;
  /** Days between which messages are shown; the history before is judged too. ISO dates. */
  readonly from?: string;
  readonly to?: string;
}

export interface BacktestResult {
  readonly rule: string;
  readonly release: string;
  /** What would have been sent. */
  readonly warnings: readonly Warning[];
  /** What the rule of that id in the catalog would have sent; none where the rule is new. */
  readonly present: readonly Warning[];
  /** Why nothing was sent otherwise. */
  readonly records: readonly EvaluationRecord[];
}

/** Replays the history of a release through the code that runs live, and writes nothing. */
export async function backtestRule(
  options: BacktestOptions,
  ports: { readonly session: ReleaseSession; readonly definitions: Definitions },
): Promise<BacktestResult> {
  const { rule } = options;
  const { session, definitions } = ports;
  const proposed = await replayRule(rule, options, ports);
  const known = definitions.thresholds.get(rule.threshold);
  const present = known === undefined ? [] : (await replayRule(known, options, ports)).warnings;
  return { rule: rule.threshold, release: session.release.id, present, ...proposed };
}

/** What a rule would have said about the history of a release, by the code that runs live. */
export async function replayRule(
  rule: Threshold,
  { from, to }: Omit<BacktestOptions, 'rule'>,
  { session, definitions }: { session: ReleaseSession; definitions: Definitions },
): Promise<Pick<BacktestResult, 'warnings' | 'records'>> {
  const asOf = session.release.as_of;
  if (asOf === null) return { warnings: [], records: [] };
  const alone = { ...definitions, thresholds: new Map([[rule.threshold, rule]]) };
  const { warnings, records } = await evaluateRules({
    session,
    definitions: alone,
    states: new Map(),
    through: to !== undefined && to < asOf ? to : asOf,
    changedFrom: new Map(),
    today: asOf,
  });
  const isShown = (period: string) => from === undefined || period >= from;
  return {
    warnings: warnings.filter((warning) => isShown(warning.period)),
    records: records.filter((record) => isShown(record.to)),
  };
}

/**
 * Reads a rule that is not in the catalog.
 * @throws CatalogError naming line and field, also where it names a KPI, playbook or calendar that is not there.
 */
export function readRule(file: string, definitions: Definitions): Threshold {
  const rule = parseYaml({ file, text: readFileSync(file, 'utf8') }, threshold);
  const faults = thresholdFaults({ ...definitions, thresholds: new Map([[rule.threshold, rule]]) });
  if (faults.length === 0) return rule;
  throw new CatalogError(faults.map((fault) => `${fault.field}: ${fault.text}`).join('\n'), {
    where: file,
    next: 'mend the rule and run `tidemark alerts backtest` again',
  });
}
