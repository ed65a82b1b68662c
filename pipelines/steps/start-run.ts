import { createHash } from 'node:crypto';
import type { Runs } from '../runs/runs.ts';

/** A file that was dropped into the lake. */
export interface LandedObject {
  readonly key: string;
  /** Differs between two droppings of one key; the store hands it out. */
  readonly version: string;
}

/**
 * Starts one run for files that arrived together. The run's name comes from the files, so an event that is delivered twice
 * starts no second run, and a file that is dropped again does.
 */
export async function startRun(
  objects: readonly LandedObject[],
  runs: Runs,
): Promise<'started' | 'exists' | 'nothing'> {
  if (objects.length === 0) return 'nothing';
  const lines = [...new Set(objects.map(({ key, version }) => `${key}\n${version}`))].sort();
  const name = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 40);
  return await runs.start(name, [...new Set(objects.map(({ key }) => key))].sort());
}
