import { type Acknowledgement, acknowledgement, type Silence, silence } from '../domain/alerting/silence.ts';
import type { Warning } from '../domain/alerting/warning.ts';
import { UsageError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { digest, encode } from './alert-store.ts';
import { findJson } from './lake-json.ts';
import { listWarnings } from './list-warnings.ts';

const silencePrefix = 'alerts/silences/';
const acknowledgementPrefix = 'alerts/acknowledgements/';

export interface SilenceWish {
  readonly match: Silence['match'];
  readonly owner: string;
  readonly reason: string;
  /** ISO instant at which it ends by itself. */
  readonly until: string;
}

/** Keeps warnings quiet until a time. The same wish twice is one silence. */
export async function silenceWarnings(wish: SilenceWish, { lake, now }: NotePorts): Promise<Silence> {
  const from = now().toISOString();
  const id = digest(JSON.stringify([wish.match, wish.owner, wish.reason, wish.until]));
  const parsed = silence.safeParse({ id, from, ...wish });
  if (!parsed.success || Date.parse(wish.until) <= Date.parse(from)) {
    throw new UsageError('a silence needs something to match, an owner, a reason, and an end that lies ahead', {
      where: parsed.success ? `until ${wish.until}` : faultsOf(parsed.error.issues),
      next: 'tidemark alerts silence --rule ID --channel ID --owner WHO --reason TEXT --until 2026-12-01T08:00:00Z',
    });
  }
  await lake.create(`${silencePrefix}${id}.json`, encode(JSON.stringify(parsed.data)));
  return parsed.data;
}

function faultsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const optionOf = (path: readonly PropertyKey[]) =>
    path[0] === 'match' ? '--rule, --kpi or --channel' : `--${String(path[0])}`;
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${optionOf(path)}: ${message}`)).join('; ');
}

export interface AcknowledgeWish {
  /** Id of the warning. */
  readonly warning: string;
  readonly by: string;
  readonly verdict?: 'useful' | 'noise';
  readonly note?: string;
}

/** Notes that somebody has seen a warning. Saying it again, or otherwise, adds a note; the last one counts. */
export async function acknowledgeWarning(wish: AcknowledgeWish, { lake, now }: NotePorts): Promise<Warning> {
  const warning = (await listWarnings(lake)).find(({ id }) => id === wish.warning);
  if (warning === undefined) {
    throw new UsageError(`no warning has the id ${wish.warning}`, {
      next: 'tidemark alerts list shows the ids',
    });
  }
  const note = acknowledgement.parse({ ...wish, at: now().toISOString() });
  const body = JSON.stringify(note);
  await lake.create(`${acknowledgementPrefix}${wish.warning}/${note.at}-${digest(body)}.json`, encode(body));
  return warning;
}

export interface NotePorts {
  readonly lake: Lake;
  readonly now: () => Date;
}

export function readSilences(lake: Lake): Promise<Silence[]> {
  return readAll<Silence>(lake, silencePrefix);
}

/** The last word on each warning, by its id. */
export async function readAcknowledgements(lake: Lake): Promise<ReadonlyMap<string, Acknowledgement>> {
  const notes = await readAll<Acknowledgement>(lake, acknowledgementPrefix);
  return new Map(notes.map((note) => [note.warning, note]));
}

/** Every note under a prefix, in key order. */
export async function readAll<T>(lake: Lake, prefix: string): Promise<T[]> {
  const found: T[] = [];
  for await (const { key } of lake.list(prefix)) {
    const one = await findJson<T>(lake, key);
    if (one !== undefined) found.push(one);
  }
  return found;
}
