import { nextTurn, type Pace, withTurn } from '../domain/alerting/pace.ts';
import type { Lake } from '../lake/lake.ts';
import { encode } from './alert-store.ts';

export interface TurnPorts {
  readonly lake: Lake;
  readonly now: () => Date;
  /** Lets so many milliseconds pass. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Longer nobody waits for a turn: the message is tried again later. */
const patienceMs = 90_000;
const attempts = 20;

/**
 * Waits until one more message keeps to what a platform takes, and counts it. Turns are given out in the lake, so that
 * several processes keep to them together; one that is not used after all costs nothing but time. False: it would take too long.
 */
export async function takeTurn(name: string, paces: readonly Pace[], { lake, now, wait }: TurnPorts): Promise<boolean> {
  if (paces.length === 0) return true;
  const key = `alerts/paces/${name}.json`;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const stored = await lake.readVersion(key);
    const turns = stored === undefined ? [] : (JSON.parse(new TextDecoder().decode(stored.body)) as number[]);
    const started = now().getTime();
    const turn = nextTurn(turns, paces, started);
    if (turn - started > patienceMs) return false;
    const written = await lake.swap(key, encode(JSON.stringify(withTurn(turns, turn, paces))), stored?.tag);
    if (written === 'lost') continue;
    if (turn > started) await wait(turn - started);
    return true;
  }
  return false;
}
