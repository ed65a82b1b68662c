import type { Refusal } from '../ingest.ts';
import type { ContractPlan } from '../plan/contract-plan.ts';
import { type FormatDecision, FormatEvidence } from '../plan/format-evidence.ts';
import { exportTimeOfName, latestTime } from '../sql/exported-at-sql.ts';
import { formatCounts } from '../sql/format-sql.ts';
import type { Visit } from './chunk-lanes.ts';
import type { EngineSession } from './engine.ts';

/** Lets every chunk of the file be visited. */
export type EachChunk = (visit: Visit) => Promise<void>;

/** Where a column may be written in several formats, the whole column is looked at before any of it is read. */
export async function decideFormats(plan: ContractPlan, eachChunk: EachChunk): Promise<ContractPlan | Refusal> {
  const open = openColumns(plan);
  if (open.length === 0) return plan;
  const evidence = open.map(({ formats }) => new FormatEvidence(formats));
  await eachChunk(async (reader, chunk) => {
    for (const [at, column] of open.entries()) {
      const counts = await reader.survey(chunk, (source) => formatCounts(column, plan.contract, source));
      evidence[at]?.add(counts.map(Number));
    }
  });
  const decided = new Map<string, readonly string[]>();
  for (const [at, { column }] of open.entries()) {
    const decision = evidence[at]?.decide();
    if (decision?.kind === 'undecided') return undecidedDates(column.name, decision);
    if (decision !== undefined) decided.set(column.name, decision.formats);
  }
  return withFormats(plan, decided);
}

/**
 * Decides by the first chunk alone where exactly one format reads it; undefined where that is not enough. The caller has to
 * look at the whole file after all if any cell of these columns then cannot be read.
 */
export async function presumeFormats(plan: ContractPlan, firstChunk: EachChunk): Promise<ContractPlan | undefined> {
  const open = openColumns(plan);
  if (open.length === 0) return plan;
  const presumed = new Map<string, readonly string[]>();
  await firstChunk(async (reader, chunk) => {
    for (const column of open) {
      const evidence = new FormatEvidence(column.formats);
      const counts = await reader.survey(chunk, (source) => formatCounts(column, plan.contract, source));
      evidence.add(counts.map(Number));
      if (evidence.onlyAlive !== undefined) presumed.set(column.column.name, [evidence.onlyAlive]);
    }
  });
  return presumed.size === open.length ? withFormats(plan, presumed) : undefined;
}

function openColumns(plan: ContractPlan): ContractPlan['columns'] {
  return plan.columns.filter(({ formats, position }) => position !== undefined && formats.length > 1);
}

function withFormats(plan: ContractPlan, decided: ReadonlyMap<string, readonly string[]>): ContractPlan {
  const columns = plan.columns.map((placed) => ({
    ...placed,
    formats: decided.get(placed.column.name) ?? placed.formats,
  }));
  return { ...plan, columns };
}

/** The export's own time: from its name or the latest value of a column; else when it landed. */
export async function exportTime(
  session: EngineSession,
  plan: ContractPlan,
  { fileName, landedAt }: { readonly fileName: string; readonly landedAt: Date },
  eachChunk: EachChunk,
): Promise<Date> {
  const rule = plan.contract.exported_at;
  const named = exportTimeOfName(plan.contract, fileName);
  if (named !== undefined) {
    const [[micros] = []] = await session.rows(named);
    if (typeof micros === 'bigint') return new Date(Number(micros / 1000n));
  }
  const placed = plan.columns.find(({ column, position }) => column.name === rule?.column && position !== undefined);
  if (placed === undefined) return landedAt;
  let latest = 0n;
  await eachChunk(async (reader, chunk) => {
    const [micros] = await reader.survey(chunk, (source) => latestTime(placed, plan.contract, source));
    if (typeof micros === 'bigint' && micros > latest) latest = micros;
  });
  return latest === 0n ? landedAt : new Date(Number(latest / 1000n));
}

function undecidedDates(column: string, { reason, between }: Extract<FormatDecision, { kind: 'undecided' }>): Refusal {
  const [one, other] = between;
  const text =
    reason === 'mixed_dates'
      ? `Column ${column} holds dates that are only ${one} and dates that are only ${other}.`
      : `Every date in column ${column} can be read as ${one} and as ${other}; name one format in the contract.`;
  return { kind: 'refused', reason: `${reason}:${column}`, text };
}
