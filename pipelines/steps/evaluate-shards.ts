import type { Warning } from '../domain/alerting/warning.ts';
import type { Lake } from '../lake/lake.ts';
import { type AlertRun, writeRecords } from './alert-store.ts';
import { byPeriod, evaluateRules, type RuleInput } from './evaluate-rules.ts';
import type { FailedSeries } from './judge-series.ts';
import { type PlannedShard, planShards } from './plan-shards.ts';
import {
  countStates,
  type Damage,
  type SeriesStates,
  StateReader,
  type StateShard,
  writeStates,
} from './state-shards.ts';

export interface ShardsInput extends Omit<RuleInput, 'states' | 'channels'> {
  readonly lake: Lake;
  /** The evaluation that this one goes on from; undefined: it is the first. */
  readonly latest: AlertRun | undefined;
  /** States that are held at a time. */
  readonly statesAtOnce?: number | undefined;
  /** Number of this evaluation. */
  readonly sequence: number;
  /** Figures may have changed: what is said of them is written down also where no state is another. */
  readonly isNews: boolean;
}

/** States that cannot be read: what they are of was not judged. */
export interface DamagedStates extends Damage {
  /** First channel of their series; empty: from the first one on. Null: of the watching itself. */
  readonly from: string | null;
}

export interface ShardsEvaluation {
  readonly shards: readonly StateShard[];
  /** Keys of what was said of each series. */
  readonly evaluations: readonly string[];
  readonly warnings: readonly Warning[];
  /** Periods judged, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failures: readonly FailedSeries[];
  readonly damaged: readonly DamagedStates[];
  /** Whether any series has another state than before. */
  readonly changed: boolean;
}

/**
 * Judges all rules on all series, one shard of states after the other: only one is held at a time. Its objects are written
 * when it is judged, and count once a run names them. A shard whose states cannot be read stays as it is; all others are judged.
 */
export async function evaluateShards(input: ShardsInput): Promise<ShardsEvaluation> {
  const total = new Total();
  const reader = new StateReader(input.lake);
  for (const shard of await planShards(input)) {
    const { stored, isCut, from, until } = shard;
    const range = isCut ? { from, until } : undefined;
    const states = stored === undefined ? new Map() : await reader.read(stored.states, range);
    if (stored !== undefined && 'reason' in states) total.leave({ ...stored, from }, states, input.changedFrom);
    else await judgeShard(shard, states as SeriesStates, { input, total });
  }
  return total.result();
}

async function judgeShard(
  shard: PlannedShard,
  states: RuleInput['states'],
  { input, total }: { readonly input: ShardsInput; readonly total: Total },
): Promise<void> {
  const { from, until, stored, isCut } = shard;
  const { lake, sequence } = input;
  const changedFrom = earliestOf(input.changedFrom, stored?.missed);
  const found = await evaluateRules({ ...input, states, changedFrom, channels: { from, until } });
  const isSame = stored !== undefined && !isCut && !found.changed;
  const evaluations = isSame && !input.isNews ? undefined : await writeRecords(lake, sequence, found.records);
  total.add(found, evaluations);
  const key = isSame ? stored.states : await writeStates(lake, sequence, found.states);
  // A series that could not be judged has missed what changed.
  const missed = found.failures.length > 0 && changedFrom.size > 0 ? { missed: Object.fromEntries(changedFrom) } : {};
  total.shards.push({ from, states: key, count: countStates(found.states), ...missed });
  total.changed ||= !isSame;
}

/** What all shards come to. */
class Total {
  readonly shards: StateShard[] = [];
  changed = false;
  readonly #evaluations: string[] = [];
  readonly #warnings: Warning[] = [];
  readonly #failures: FailedSeries[] = [];
  readonly #damaged: DamagedStates[] = [];
  readonly #outcomes: Record<string, number> = {};

  add({ records, warnings, failures }: Awaited<ReturnType<typeof evaluateRules>>, evaluations: string | undefined) {
    for (const { outcome, periods } of records) this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + periods;
    this.#warnings.push(...warnings);
    this.#failures.push(...failures);
    if (evaluations !== undefined) this.#evaluations.push(evaluations);
  }

  /** Keeps a shard as it was, and what it has missed. */
  leave(shard: StateShard, damage: Damage, changedFrom: ReadonlyMap<string, string>) {
    this.shards.push({ ...shard, missed: Object.fromEntries(earliestOf(changedFrom, shard.missed)) });
    this.#damaged.push({ from: shard.from, ...damage });
  }

  result(): ShardsEvaluation {
    return {
      shards: this.shards,
      evaluations: this.#evaluations,
      warnings: this.#warnings.sort(byPeriod),
      outcomes: this.#outcomes,
      failures: this.#failures,
      damaged: this.#damaged,
      changed: this.changed,
    };
  }
}

/** The earlier month of each mart. */
function earliestOf(
  changedFrom: ReadonlyMap<string, string>,
  missed: StateShard['missed'] = {},
): ReadonlyMap<string, string> {
  const earliest = new Map(changedFrom);
  for (const [mart, month] of Object.entries(missed)) {
    const known = earliest.get(mart);
    earliest.set(mart, known === undefined || month < known ? month : known);
  }
  return earliest;
}
