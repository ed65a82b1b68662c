import { isSoundState, type SeriesState } from '../domain/alerting/series-state.ts';
import { idle, isIdle, type Machine } from '../domain/alerting/state-machine.ts';
import { subjectOf } from '../domain/alerting/subject.ts';
import type { Lake } from '../lake/lake.ts';
import { createNamed } from './alert-store.ts';
import { type ChannelRange, isWithin } from './channel-range.ts';

/** States of series, by rule and series (see `subjectKey`). */
export type SeriesStates = ReadonlyMap<string, ReadonlyMap<string, SeriesState>>;

/** An object with the states of some channels: from one on, up to where the next shard begins. */
export interface StateShard {
  /** The first channel; empty for the first shard. */
  readonly from: string;
  /** Key of the object. */
  readonly states: string;
  /** How many states there are; null where nobody counted. */
  readonly count: number | null;
  /** By mart: first day of the earliest month that changed while some of its series could not be judged. */
  readonly missed?: Readonly<Record<string, string>>;
}

/** The watching itself has its states apart from the series'. */
const upkeepRules: ReadonlySet<string> = new Set(['stale_source', 'overdue_review', 'blind_rule', 'failed_evaluation']);

/** Why states cannot be read, and what to do about it. */
export interface Damage {
  readonly reason: string;
  readonly where: string;
  readonly next: string;
}

/** Reads states of series. The object that was read last is kept: several ranges may be cut from it. */
export class StateReader {
  readonly #lake: Lake;
  #last: { readonly key: string; readonly states: Map<string, Map<string, SeriesState>> | Damage } | undefined;

  constructor(lake: Lake) {
    this.#lake = lake;
  }

  /** States of the channels of a range; undefined: all that the object holds. */
  async read(key: string, range?: ChannelRange): Promise<SeriesStates | Damage> {
    if (this.#last?.key !== key) {
      // Let go first: two of them need not be held at a time.
      this.#last = undefined;
      this.#last = { key, states: await readStates(this.#lake, key) };
    }
    const { states } = this.#last;
    if (!(states instanceof Map)) return states;
    const ofSeries = [...states].filter(([rule]) => !upkeepRules.has(rule));
    if (range === undefined) return new Map(ofSeries);
    const isInside = ([series]: readonly [string, SeriesState]) => isWithin(range, subjectOf(series).channel);
    return new Map(ofSeries.map(([rule, series]) => [rule, new Map([...series].filter(isInside))]));
  }
}

/** States of the watching itself; null: there are none yet. */
export async function readUpkeep(lake: Lake, key: string | null): Promise<SeriesStates | Damage> {
  if (key === null) return new Map();
  const states = await readStates(lake, key);
  return states instanceof Map ? new Map([...states].filter(([rule]) => upkeepRules.has(rule))) : states;
}

async function readStates(lake: Lake, key: string): Promise<Map<string, Map<string, SeriesState>> | Damage> {
  const body = await lake.read(key);
  const stored = body === undefined ? undefined : parsed(body);
  if (!isRecord(stored) || !Object.values(stored).every(isRecord)) {
    return {
      reason: `what the last evaluation remembered is ${body === undefined ? 'missing' : 'damaged'}`,
      where: `${key} in ${lake.location}`,
      next: 'restore the object from a copy or an earlier version; what changes until then is judged afterwards',
    };
  }
  return new Map(
    Object.entries(stored as Record<string, Record<string, StoredState>>).map(([rule, series]) => [
      rule,
      new Map(Object.entries(series).map(([name, state]) => [name, fromStored(state)])),
    ]),
  );
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Writes states under a name that follows from them. @returns their key. */
export async function writeStates(lake: Lake, sequence: number, states: SeriesStates): Promise<string> {
  return await createNamed(lake, { folder: 'states', sequence, ending: 'json' }, toText(states));
}

export function countStates(states: SeriesStates): number {
  let count = 0;
  for (const series of states.values()) count += series.size;
  return count;
}

/** A state as it lies in the lake: most series are idle most of the time, which goes without saying. */
type StoredState = Stored<Omit<SeriesState, 'checkpoints'>> & {
  readonly checkpoints: readonly Stored<SeriesState['checkpoints'][number]>[];
};
type Stored<T extends { readonly machine: Machine }> = Omit<T, 'machine'> & { readonly machine?: Machine };

/** As JSON, state by state: a copy of all of them would have to be held as long. */
function toText(states: SeriesStates): string {
  const object = (members: Iterable<readonly [string, string]>) =>
    `{${[...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
  return object(
    [...states].map(([rule, series]) => {
      return [rule, object([...series].map(([key, state]) => [key, JSON.stringify(toStored(state))]))];
    }),
  );
}

/** What was damaged is kept as it is: a person may mend it. */
function toStored(state: SeriesState): StoredState {
  if (!isSoundState(state)) return state;
  const { machine, checkpoints, ...rest } = state;
  const spoken = checkpoints.map(({ machine: then, ...other }) => ({ ...other, ...spokenMachine(then) }));
  return { ...rest, ...spokenMachine(machine), checkpoints: spoken };
}

function spokenMachine(machine: Machine): { readonly machine?: Machine } {
  return isIdle(machine) ? {} : { machine };
}

/** Fills in what went without saying, in place: there are many, and nobody else holds what was just read. */
function fromStored(state: StoredState): SeriesState {
  if (!isRecord(state) || !Array.isArray(state.checkpoints)) return state as SeriesState;
  (state as { machine?: Machine }).machine ??= idle;
  for (const one of state.checkpoints as readonly ({ machine?: Machine } | null)[]) if (one) one.machine ??= idle;
  return state as SeriesState;
}
