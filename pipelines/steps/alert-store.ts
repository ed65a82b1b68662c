import { createHash } from 'node:crypto';
import type { Span } from '../domain/alerting/evaluate-series.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Lake } from '../lake/lake.ts';
import { findJson } from './lake-json.ts';
import type { StateShard } from './state-shards.ts';

/** One evaluation of a release. Its object is the commit point: states and spans count only once a run names them. */
export interface AlertRun {
  readonly version: 2;
  readonly sequence: number;
  readonly release: string;
  /** Last day that was judged. */
  readonly through: string;
  readonly evaluated_at: string;
  /** Part ids of the KPI marts that were read, by mart and month: what differs next time has changed. */
  readonly parts: PartIds;
  /** States of all series, in the order of their channels. */
  readonly shards: readonly StateShard[];
  /** Key of the states of the watching itself; null: none yet. */
  readonly upkeep: string | null;
  /** Keys of what was said of each series, and why it was silent. */
  readonly evaluations: readonly string[];
  readonly warnings: readonly Warning[];
}
export type PartIds = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A run of the time when all states lay in one object. */
interface AlertRunInOne extends Omit<AlertRun, 'version' | 'shards' | 'upkeep' | 'evaluations'> {
  readonly version: 1;
  readonly states: string;
  readonly evaluations: string | null;
}

/** What one evaluation said about a series, and why it was silent. */
export interface EvaluationRecord extends Span {
  readonly rule: string;
  readonly channel_id: string;
  /** Absent where the rule has no dimension. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

const runPrefix = 'alerts/runs/';

export function runKey(sequence: number): string {
  return `${runPrefix}${padded(sequence)}.json`;
}

/** The newest run, or undefined before the first. */
export async function readLatestRun(lake: Lake): Promise<AlertRun | undefined> {
  let latest: string | undefined;
  for await (const { key } of lake.list(runPrefix)) latest = key;
  return latest === undefined ? undefined : await findRun(lake, latest);
}

/** All runs after a sequence number, oldest first. */
export async function* readRuns(lake: Lake, after = 0): AsyncIterable<AlertRun> {
  for await (const { key } of lake.list(runPrefix)) {
    if (key < runKey(after + 1)) continue;
    const run = await findRun(lake, key);
    if (run !== undefined) yield run;
  }
}

async function findRun(lake: Lake, key: string): Promise<AlertRun | undefined> {
  const run = await findJson<AlertRun | AlertRunInOne>(lake, key);
  if (run === undefined || run.version === 2) return run;
  const { states, evaluations, ...rest } = run;
  const shards = [{ from: '', states, count: null }];
  return { ...rest, version: 2, shards, upkeep: states, evaluations: evaluations === null ? [] : [evaluations] };
}

/** Writes a run, the last of its objects. "exists": another evaluator was faster, and nothing of this run counts. */
export async function commitRun(lake: Lake, run: Omit<AlertRun, 'version'>): Promise<'created' | 'exists'> {
  const written: AlertRun = { version: 2, ...run };
  return await lake.create(runKey(run.sequence), encode(JSON.stringify(written)));
}

/** Writes down what was said of series. @returns the key, or undefined where nothing was. */
export async function writeRecords(
  lake: Lake,
  sequence: number,
  records: readonly EvaluationRecord[],
): Promise<string | undefined> {
  if (records.length === 0) return undefined;
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  return await createNamed(lake, { folder: 'evaluations', sequence, ending: 'ndjson' }, lines);
}

/** Writes an object of a run under a name that follows from its content: written twice, it is one. @returns its key. */
export async function createNamed(
  lake: Lake,
  { folder, sequence, ending }: { readonly folder: string; readonly sequence: number; readonly ending: string },
  text: string,
): Promise<string> {
  const body = encode(text);
  const key = `alerts/${folder}/${padded(sequence)}-${digest(body)}.${ending}`;
  await lake.create(key, body);
  return key;
}

function padded(sequence: number): string {
  return String(sequence).padStart(8, '0');
}

export function encode(text: string): Uint8Array {
  return Buffer.from(text);
}

/** Short name of a content: the first 24 hex digits of its SHA-256. */
export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 24);
}
