import { createHash } from 'node:crypto';
import type { Span } from '../domain/alerting/evaluate-series.ts';
import type { SeriesState } from '../domain/alerting/series-state.ts';
import { idle, isIdle, type Machine } from '../domain/alerting/state-machine.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { findJson } from './lake-json.ts';

/** One evaluation of a release. Its object is the commit point: states and spans count only once a run names them. */
export interface AlertRun {
  readonly version: 1;
  readonly sequence: number;
  readonly release: string;
  /** Last day that was judged. */
  readonly through: string;
  readonly evaluated_at: string;
  /** Part ids of the KPI marts that were read, by mart and month: what differs next time has changed. */
  readonly parts: PartIds;
  readonly states: string;
  readonly evaluations: string | null;
  readonly warnings: readonly Warning[];
}
export type PartIds = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** States of all series, by rule and series (see `subjectKey`). */
export type SeriesStates = ReadonlyMap<string, ReadonlyMap<string, SeriesState>>;

/** What one evaluation said about a series, and why it was silent. */
export interface EvaluationRecord extends Span {
  readonly rule: string;
  readonly channel_id: string;
  /** Absent where the rule has no dimension. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

const runPrefix = 'alerts/runs/';

export function runKey(sequence: number): string {
  return `${runPrefix}${String(sequence).padStart(8, '0')}.json`;
}

/** The newest run, or undefined before the first. */
export async function readLatestRun(lake: Lake): Promise<AlertRun | undefined> {
  let latest: string | undefined;
  for await (const { key } of lake.list(runPrefix)) latest = key;
  return latest === undefined ? undefined : findJson<AlertRun>(lake, latest);
}

/** All runs after a sequence number, oldest first. */
export async function* readRuns(lake: Lake, after = 0): AsyncIterable<AlertRun> {
  for await (const { key } of lake.list(runPrefix)) {
    if (key < runKey(after + 1)) continue;
    const run = await findJson<AlertRun>(lake, key);
    if (run !== undefined) yield run;
  }
}

export async function readStates(lake: Lake, run: AlertRun | undefined): Promise<SeriesStates> {
  if (run === undefined) return new Map();
  const stored = await findJson<Record<string, Record<string, StoredState>>>(lake, run.states);
  if (stored === undefined) {
    throw new LakeError('the states of the last evaluation are missing', {
      where: `${lake.location}/${run.states}`,
      next: 'restore the object, or remove alerts/ to evaluate everything afresh',
    });
  }
  return new Map(
    Object.entries(stored).map(([rule, channels]) => [
      rule,
      new Map(Object.entries(channels).map(([channel, state]) => [channel, fromStored(state)])),
    ]),
  );
}

export interface RunDraft extends Omit<AlertRun, 'version' | 'states' | 'evaluations'> {
  readonly seriesStates: SeriesStates;
  readonly records: readonly EvaluationRecord[];
}

/** Writes a run, its parts first. "exists": another evaluator was faster, and nothing of this run counts. */
export async function commitRun(lake: Lake, draft: RunDraft): Promise<'created' | 'exists'> {
  const { seriesStates, records, ...rest } = draft;
  const states = JSON.stringify(toRecord(seriesStates));
  const statesKey = `alerts/states/${String(rest.sequence).padStart(8, '0')}-${digest(states)}.json`;
  await lake.create(statesKey, encode(states));
  const evaluations = await writeRecords(lake, rest.sequence, records);
  const run: AlertRun = { version: 1, ...rest, states: statesKey, evaluations };
  return lake.create(runKey(rest.sequence), encode(JSON.stringify(run)));
}

async function writeRecords(
  lake: Lake,
  sequence: number,
  records: readonly EvaluationRecord[],
): Promise<string | null> {
  if (records.length === 0) return null;
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const key = `alerts/evaluations/${String(sequence).padStart(8, '0')}-${digest(lines)}.ndjson`;
  await lake.create(key, encode(lines));
  return key;
}

/** A state as it lies in the lake: most series are idle most of the time, which goes without saying. */
type StoredState = Stored<Omit<SeriesState, 'checkpoints'>> & {
  readonly checkpoints: readonly Stored<SeriesState['checkpoints'][number]>[];
};
type Stored<T extends { readonly machine: Machine }> = Omit<T, 'machine'> & { readonly machine?: Machine };

function toRecord(states: SeriesStates): Record<string, Record<string, StoredState>> {
  return Object.fromEntries(
    [...states].map(([rule, channels]) => [
      rule,
      Object.fromEntries([...channels].map(([channel, state]) => [channel, toStored(state)])),
    ]),
  );
}

function toStored({ machine, checkpoints, ...rest }: SeriesState): StoredState {
  const spoken = checkpoints.map(({ machine: then, ...other }) => ({ ...other, ...spokenMachine(then) }));
  return { ...rest, ...spokenMachine(machine), checkpoints: spoken };
}

function spokenMachine(machine: Machine): { readonly machine?: Machine } {
  return isIdle(machine) ? {} : { machine };
}

/** Fills in what went without saying, in place: there are many, and nobody else holds what was just read. */
function fromStored(state: StoredState): SeriesState {
  (state as { machine?: Machine }).machine ??= idle;
  for (const one of state.checkpoints as readonly { machine?: Machine }[]) one.machine ??= idle;
  return state as SeriesState;
}

export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Short name of a content: the first 24 hex digits of its SHA-256. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
