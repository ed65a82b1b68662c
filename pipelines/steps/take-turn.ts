import { nextTurn, type Pace, withTurn } from '../domain/alerting/pace.ts';
import type { Lake } from '../lake/lake.ts';
import { encode } from './alert-store.ts';

export interface TurnPorts {
  readonly lake: Lake;
  readonly now: () => Date;
  /** Lets so many milliseconds pass. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Longer nobody waits for a turn, which is longer than any platform's pause: the message is tried again later. */
const patienceMs = 660_000;
const attempts = 20;

/** What the lake knows of the messages to one robot. Times are in milliseconds since 1970. */
interface Turns {
  readonly turns: readonly number[];
  /** Before this the platform wants to hear nothing. */
  readonly not_before: number;
}

/**
 * Waits until one more message keeps to what a platform takes, and counts it. Turns are given out in the lake, so that
 * several processes keep to them together; one that is not used after all costs nothing but time. False: it would take too long.
 */
export async function takeTurn(name: string, paces: readonly Pace[], { lake, now, wait }: TurnPorts): Promise<boolean> {
  if (paces.length === 0) return true;
  const deadline = now().getTime() + patienceMs;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { turns, not_before, tag } = await readTurns(name, lake);
    const started = now().getTime();
    const turn = nextTurn(turns, paces, Math.max(started, not_before));
    if (turn > deadline) return false;
    const next: Turns = { turns: withTurn(turns, turn, paces), not_before };
    if ((await lake.swap(keyOf(name), encode(JSON.stringify(next)), tag)) === 'lost') continue;
    if (turn <= started) return true;
    await wait(turn - started);
    // Another process may have been asked for a pause meanwhile.
    if ((await readTurns(name, lake)).not_before <= now().getTime()) return true;
  }
  return false;
}

/** Keeps every process from asking before a time: the platform wants a pause. */
export async function pauseTurns(name: string, until: number, { lake }: Pick<TurnPorts, 'lake'>): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const { turns, not_before, tag } = await readTurns(name, lake);
    if (not_before >= until) return;
    const next: Turns = { turns, not_before: until };
    if ((await lake.swap(keyOf(name), encode(JSON.stringify(next)), tag)) === 'swapped') return;
  }
}

async function readTurns(name: string, lake: Lake): Promise<Turns & { readonly tag: string | undefined }> {
  const stored = await lake.readVersion(keyOf(name));
  if (stored === undefined) return { turns: [], not_before: 0, tag: undefined };
  const known = JSON.parse(new TextDecoder().decode(stored.body)) as Turns | number[];
  // Before there were pauses the turns lay by themselves.
  return { ...(Array.isArray(known) ? { turns: known, not_before: 0 } : known), tag: stored.tag };
}

function keyOf(name: string): string {
  return `alerts/paces/${name}.json`;
}
