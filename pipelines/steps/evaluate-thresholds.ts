import { isDeepStrictEqual } from 'node:util';
import type { Definitions } from '../definitions.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { type AlertRun, commitRun, type PartIds, readLatestRun } from './alert-store.ts';
import { beat } from './alerts-heartbeat.ts';
import { type DamagedStates, evaluateShards, type ShardsEvaluation, type ShardsInput } from './evaluate-shards.ts';
import { evaluateUpkeep } from './evaluate-upkeep.ts';
import type { FailedSeries } from './judge-series.ts';
import { kpiMarts, martOf } from './kpi-series.ts';
import { readUpkeep, writeStates } from './state-shards.ts';

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
  /** States of series that are held at a time. */
  readonly statesAtOnce?: number;
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
  /** Objects of states that cannot be read: the series in them were not judged. */
  readonly damaged: readonly DamagedStates[];
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
  const nothing = { warnings: [], outcomes: {}, failures: [], damaged: [], run: null };
  if (through === null) return { release: release.id, through, ...nothing };
  const latest = await readLatestRun(lake);
  const parts = partIdsOf(ports);
  const isNews = latest === undefined || !isDeepStrictEqual(latest.parts, parts);
  const sequence = (latest?.sequence ?? 0) + 1;
  const changedFrom = changedMonths(latest, parts);
  const today = ports.now().toISOString().slice(0, 10);
  const { statesAtOnce } = options;
  const input = { lake, session, definitions, latest, sequence, through, changedFrom, today, isNews, statesAtOnce };
  const rules = await evaluateShards(input);
  const upkeep = await lookAfter(input, rules);
  const warnings = [...rules.warnings, ...upkeep.warnings];
  const { failures, outcomes } = rules;
  const damaged = [...rules.damaged, ...upkeep.damaged];
  const result = { release: release.id, through, warnings, outcomes, failures, damaged };
  if (!isNews && !rules.changed && warnings.length === 0) return { ...result, run: null };
  const written = await commitRun(lake, {
    sequence,
    release: release.id,
    through,
    evaluated_at: ports.now().toISOString(),
    parts,
    shards: rules.shards,
    upkeep: upkeep.key,
    evaluations: rules.evaluations,
    warnings,
  });
  return written === 'exists' ? 'lost' : { ...result, run: sequence };
}

/** The watching itself: its states are few, and lie in an object of their own. */
async function lookAfter(input: ShardsInput, { failures, damaged }: ShardsEvaluation) {
  const { lake, latest, sequence } = input;
  const key = latest?.upkeep ?? null;
  const known = await readUpkeep(lake, key);
  if ('reason' in known) return { key, warnings: [], damaged: [{ from: null, ...known }] };
  const { warnings, states } = await evaluateUpkeep({ ...input, states: known, failures, damaged });
  const isSame = key !== null && warnings.length === 0 && !latest?.shards.some(({ states }) => states === key);
  return { key: isSame ? key : await writeStates(lake, sequence, states), warnings, damaged: [] };
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
