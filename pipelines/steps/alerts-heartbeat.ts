import { type Heartbeat, type Pulse, pulseOf } from '../domain/alerting/heartbeat.ts';
import type { Lake } from '../lake/lake.ts';
import { encode } from './alert-store.ts';
import { findJson } from './lake-json.ts';

const key = 'alerts/heartbeat.json';

/** Notes that an evaluation has happened. Of two at once either may stand: both have happened. */
export async function beat(
  { lake, now }: { readonly lake: Lake; readonly now: () => Date },
  { release, through }: Pick<Heartbeat, 'release' | 'through'>,
): Promise<void> {
  const stored = await lake.readVersion(key);
  const heartbeat: Heartbeat = { at: now().toISOString(), release, through };
  const body = JSON.stringify(heartbeat);
  if (stored !== undefined && new TextDecoder().decode(stored.body) === body) return;
  await lake.swap(key, encode(body), stored?.tag);
}

/** When thresholds were evaluated last, and whether that is too long ago. */
export async function takePulse(
  alarmAfterHours: number,
  { lake, now }: { readonly lake: Lake; readonly now: () => Date },
): Promise<Pulse> {
  return pulseOf(await findJson<Heartbeat>(lake, key), alarmAfterHours, now());
}
