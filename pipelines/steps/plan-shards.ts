import type { Threshold } from '../domain/threshold.ts';
import type { AlertRun } from './alert-store.ts';
import { allChannels, type ChannelRange, compareChannels } from './channel-range.ts';
import { type RuleInput, readingsOf } from './evaluate-rules.ts';
import { countSeries } from './kpi-reading.ts';
import type { StateShard } from './state-shards.ts';

/** Channels that are judged together, and where their states lie. */
export interface PlannedShard extends ChannelRange {
  /** Undefined: nothing is known of them yet. */
  readonly stored: StateShard | undefined;
  /** The stored object holds other channels as well. */
  readonly isCut: boolean;
}

export interface ShardPlanInput extends Pick<RuleInput, 'session' | 'definitions' | 'through'> {
  readonly latest: AlertRun | undefined;
  /** States that are held at a time. */
  readonly statesAtOnce?: number | undefined;
}

/** With their figures a hundred megabytes or two. */
const statesPerShard = 15_000;

/** The shards of the last evaluation; one that has grown, or was never counted, is cut between channels. */
export async function planShards(input: ShardPlanInput): Promise<PlannedShard[]> {
  const stored: readonly (StateShard | undefined)[] = input.latest?.shards.length ? input.latest.shards : [undefined];
  const plan: PlannedShard[] = [];
  for (const [index, shard] of stored.entries()) {
    const range = { from: shard?.from ?? allChannels.from, until: stored[index + 1]?.from };
    const count = shard?.count ?? Number.POSITIVE_INFINITY;
    const starts = count <= 2 * (input.statesAtOnce ?? statesPerShard) ? [] : await cutsWithin(range, input);
    const bounds = [range.from, ...starts, range.until];
    for (const [at, from] of bounds.slice(0, -1).entries()) {
      plan.push({ from: from ?? '', until: bounds[at + 1], stored: shard, isCut: starts.length > 0 });
    }
  }
  return plan;
}

/** Channels at which new shards begin: a shard is full when its channels come to so many states. */
async function cutsWithin(range: ChannelRange, input: ShardPlanInput): Promise<string[]> {
  const { session, definitions, through, statesAtOnce = statesPerShard } = input;
  const states = new Map<string, number>();
  for (const rules of readingsOf({ session, definitions })) {
    const kpis = [...new Set(rules.map(({ kpi }) => kpi))];
    const { grain, dimension } = rules[0] as Threshold;
    const rulesPerKpi = rules.length / kpis.length;
    for (const { channel, series } of await countSeries(session, {
      grain,
      dimension,
      kpis,
      from: undefined,
      through,
      channelRange: range,
    })) {
      states.set(channel, (states.get(channel) ?? 0) + series * rulesPerKpi);
    }
  }
  const cuts: string[] = [];
  let held = 0;
  for (const channel of [...states.keys()].sort(compareChannels)) {
    const more = states.get(channel) ?? 0;
    if (held > 0 && held + more > statesAtOnce) {
      cuts.push(channel);
      held = 0;
    }
    held += more;
  }
  return cuts;
}
