import type { Definitions } from '../definitions.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { type AlertRun, commitRun, type PartIds, readLatestRun, readStates, type SeriesStates } from './alert-store.ts';
import { beat } from './alerts-heartbeat.ts';
import { evaluateRules, type RuleEvaluation, type RuleInput } from './evaluate-rules.ts';
import { evaluateUpkeep } from './evaluate-upkeep.ts';
import type { FailedSeries } from './judge-series.ts';
import { kpiMarts, martOf } from './kpi-series.ts';

export interface EvaluatePorts {
  readonly lake: Lake;
  /** The pinned release; every figure comes from it. */
  readonly session: ReleaseSession;
  readonly definitions: Definitions;
  readonly now: () => Date;
}

export interface EvaluateOptions {
  /** Last day to judge (ISO date); default: the release's newest business date. */
  readonly through?: string;
}

export interface EvaluationResult {
  readonly release: string;
  /** Last day judged, or null where the release knows no day. */
  readonly through: string | null;
  /** Events of this evaluation, in order of their periods. Delivering them is another step. */
  readonly warnings: readonly Warning[];
  /** Periods judged, by outcome: states that were told, and reasons of silence. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Series that an unforeseen error kept from being judged; all others were. */
  readonly failures: readonly FailedSeries[];
  /** The run that holds them, or null where nothing was new. */
  readonly run: number | null;
}

const attempts = 5;

/**
 * Judges every closed period that is new or whose data changed, and records states and events in one atomic step. The same
 * release judged twice changes nothing; an evaluator that loses against another starts again from the winner's states.
 */
export async function evaluateThresholds(options: EvaluateOptions, ports: EvaluatePorts): Promise<EvaluationResult> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const result = await evaluateOnce(options, ports);
    if (result === 'lost') continue;
    await beat(ports, result);
    return result;
  }
  throw new LakeError('other evaluations keep getting in between', {
    where: `${ports.lake.location}/alerts/runs`,
    next: 'see which other process evaluates this lake, then run `tidemark evaluate` again',
    retryable: true,
  });
}

async function evaluateOnce(options: EvaluateOptions, ports: EvaluatePorts): Promise<EvaluationResult | 'lost'> {
  const { lake, session, definitions } = ports;
  const { release } = session;
  const through = earlier(options.through, release.as_of);
  if (through === null) return { release: release.id, through, warnings: [], outcomes: {}, failures: [], run: null };
  const latest = await readLatestRun(lake);
  const states = await readStates(lake, latest);
  const parts = partIdsOf(ports);
  const changedFrom = changedMonths(latest, parts);
  const today = ports.now().toISOString().slice(0, 10);
  const evaluation = await evaluateEverything({ session, definitions, states, through, changedFrom, today });
  const { failures } = evaluation;
  const outcomes = countOutcomes(evaluation);
  if (!isNew(latest, { parts, states, evaluation })) {
    return { release: release.id, through, warnings: [], outcomes, failures, run: null };
  }
  const sequence = (latest?.sequence ?? 0) + 1;
  const written = await commitRun(lake, {
    sequence,
    release: release.id,
    through,
    evaluated_at: ports.now().toISOString(),
    parts,
    warnings: evaluation.warnings,
    seriesStates: evaluation.states,
    records: evaluation.records,
  });
  if (written === 'exists') return 'lost';
  return { release: release.id, through, warnings: evaluation.warnings, outcomes, failures, run: sequence };
}

/** The rules on their KPIs, and the watching itself. */
async function evaluateEverything(input: RuleInput): Promise<RuleEvaluation> {
  const rules = await evaluateRules(input);
  const upkeep = await evaluateUpkeep({ ...input, states: rules.states, failures: rules.failures });
  return { ...rules, states: upkeep.states, warnings: [...rules.warnings, ...upkeep.warnings] };
}

function earlier(asked: string | undefined, asOf: string | null): string | null {
  if (asked === undefined || asOf === null) return asOf;
  return asked < asOf ? asked : asOf;
}

/** Ids of the parts of every KPI mart, by month; a mart without months has the single month ''. */
function partIdsOf({ session }: EvaluatePorts): PartIds {
  return Object.fromEntries(
    kpiMarts.map(({ mart }) => {
      const parts = session.release.parts[mart] ?? [];
      return [mart, Object.fromEntries(parts.map((part) => [part.month ?? '', part.id]))];
    }),
  );
}

/** First day of the earliest month of each mart that differs from what the last evaluation read. */
function changedMonths(latest: AlertRun | undefined, parts: PartIds): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  if (latest === undefined) return changed;
  for (const [mart, now] of Object.entries(parts)) {
    const before = latest.parts[mart] ?? {};
    const months = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    const isForgotten = (one: string) =>
      mart === martOf({ grain: 'hour' }).mart && one < (Object.keys(now).sort()[0] ?? '');
    const month = months.find((one) => before[one] !== now[one] && !isForgotten(one));
    if (month !== undefined) changed.set(mart, month);
  }
  return changed;
}

function isNew(
  latest: AlertRun | undefined,
  found: { parts: PartIds; states: SeriesStates; evaluation: RuleEvaluation },
): boolean {
  if (latest === undefined || found.evaluation.warnings.length > 0) return true;
  if (JSON.stringify(latest.parts) !== JSON.stringify(found.parts)) return true;
  return found.evaluation.changed;
}

function countOutcomes(evaluation: RuleEvaluation): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, periods } of evaluation.records) counts[outcome] = (counts[outcome] ?? 0) + periods;
  return counts;
}
