import { type Suppressions, suppressionsKey, withSuppressed } from '../domain/erasure.ts';
import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';
import { findJson, parseJson } from './lake-json.ts';

const nobody: Suppressions = { version: 1, persons: [] };
const attempts = 10;

/** Everybody who was erased. */
export async function readSuppressions(lake: Lake): Promise<Suppressions> {
  return (await findJson<Suppressions>(lake, suppressionsKey)) ?? nobody;
}

/** All their pseudonyms. */
export async function suppressedRefs(lake: Lake): Promise<ReadonlySet<string>> {
  return new Set((await readSuppressions(lake)).persons.flat());
}

/** Sees to it that a person is not named again, whatever comes in later. */
export async function suppress(lake: Lake, person: readonly string[]): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const found = await lake.readVersion(suppressionsKey);
    const before = found ? parseJson<Suppressions>(found.body, suppressionsKey, lake) : nobody;
    const after = withSuppressed(before, person);
    const body = Buffer.from(JSON.stringify(after));
    if (found && body.equals(Buffer.from(found.body))) return;
    if ((await lake.swap(suppressionsKey, body, found?.tag)) === 'swapped') return;
  }
  throw new LakeError('other erasures keep changing the list of the erased', {
    where: suppressionsKey,
    next: 'let one erasure run at a time',
    retryable: true,
  });
}
