import type { Definitions } from '../definitions.ts';
import { episodesOf, spellOf } from '../domain/alerting/episode.ts';
import { type Spell, troublesOf } from '../domain/alerting/incident.ts';
import {
  bestTrial,
  movableVersion,
  type Proposal,
  proposalOf,
  scoreOf,
  triedFactors,
  withMarks,
} from '../domain/alerting/proposal.ts';
import { incidentsOf, type ReviewInput, type RuleReview, reviewRules, verdictOn } from '../domain/alerting/review.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Threshold } from '../domain/threshold.ts';
import type { ReleaseSession } from '../warehouse/warehouse.ts';
import { readRuns } from './alert-store.ts';
import { replayRule } from './alerts-backtest.ts';
import { readIncidents } from './alerts-incidents.ts';
import { type NotePorts, readAcknowledgements } from './alerts-notes.ts';

export interface Review {
  readonly rules: readonly RuleReview[];
  /** Marks that history speaks for; only of rules with known incidents. */
  readonly proposals: readonly Proposal[];
}

export interface ReviewPorts extends NotePorts {
  /** Undefined before the first build: then nothing can be replayed. */
  readonly session: ReleaseSession | undefined;
}

/** How each rule has served so far, the ones that ask for work first, and which marks would have served better. */
export async function reviewThresholds(definitions: Definitions, { lake, now, session }: ReviewPorts): Promise<Review> {
  const warnings: Warning[] = [];
  const raisedAt = new Map<string, string>();
  for await (const run of readRuns(lake)) {
    warnings.push(...run.warnings);
    for (const { id } of run.warnings) raisedAt.set(id, run.evaluated_at);
  }
  const input: ReviewInput = {
    rules: definitions.thresholds.values(),
    warnings,
    raisedAt,
    acknowledgements: await readAcknowledgements(lake),
    incidents: await readIncidents(lake),
    today: now().toISOString().slice(0, 10),
  };
  const proposals: Proposal[] = [];
  if (session !== undefined) {
    for (const rule of definitions.thresholds.values()) {
      const proposal = await propose(rule, input, { session, definitions });
      if (proposal !== undefined) proposals.push(proposal);
    }
  }
  return { rules: reviewRules(input), proposals };
}

/** Tries other marks on the history, with the code that runs live. */
async function propose(
  rule: Threshold,
  input: ReviewInput,
  ports: { readonly session: ReleaseSession; readonly definitions: Definitions },
): Promise<Proposal | undefined> {
  const version = movableVersion(rule);
  const kpi = ports.definitions.kpis.get(rule.kpi);
  const incidents = knownIncidents(rule, input);
  if (version === undefined || kpi === undefined || incidents.length === 0) return undefined;
  const score = async (factor: number) =>
    scoreOf((await replayRule(withMarks(rule, version, factor), {}, ports)).warnings, incidents);
  const now = await score(1);
  const trials: { factor: number; score: Awaited<ReturnType<typeof score>> }[] = [];
  for (const factor of triedFactors) trials.push({ factor, score: await score(factor) });
  const best = bestTrial(now, trials);
  return best === undefined
    ? undefined
    : proposalOf({ rule, kpi, version }, { now, best, incidents: incidents.length });
}

/** What people noted, and what the rule saw and people found useful. */
function knownIncidents(rule: Threshold, input: ReviewInput): Spell[] {
  const noted: Spell[] = incidentsOf(rule, input.incidents);
  const useful = episodesOf(input.warnings.filter((warning) => warning.rule === rule.threshold))
    .filter(({ messages }) => verdictOn(messages, input.acknowledgements) === 'useful')
    .map(spellOf);
  const known = new Set(noted.flatMap((one) => troublesOf(one, useful)));
  return [...noted, ...useful.filter((trouble) => !known.has(trouble))];
}
