import { LakeError } from '../domain/errors.ts';
import type { Lake } from '../lake/lake.ts';

/** Reads a JSON object of the lake; undefined where there is none. @throws LakeError where it is no JSON. */
export async function findJson<T>(lake: Lake, key: string): Promise<T | undefined> {
  const body = await lake.read(key);
  return body === undefined ? undefined : parseJson<T>(body, key, lake);
}

/** @throws LakeError where the object is missing or is no JSON. */
export async function readJson<T>(lake: Lake, key: string): Promise<T> {
  const body = await lake.read(key);
  if (body !== undefined) return parseJson<T>(body, key, lake);
  throw new LakeError('an object that the lake refers to is missing', whereAndNext(lake, key));
}

/** Takes an object that was read as JSON. @throws LakeError where it is none. */
export function parseJson<T>(body: Uint8Array, key: string, lake: Lake): T {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as T;
  } catch (cause) {
    throw new LakeError('an object of the lake is no JSON', { ...whereAndNext(lake, key), cause });
  }
}

function whereAndNext(lake: Lake, key: string) {
  return { where: `${key} in ${lake.location}`, next: waysOut[key.split('/')[0] ?? ''] ?? 'tidemark doctor' };
}

/** How to mend what lies under a prefix. */
const waysOut: Readonly<Record<string, string>> = {
  releases: 'tidemark build --full',
  receipts: 'remove the object and ingest its file again; the bytes are kept under raw/',
  alerts: 'restore it from a copy',
  erasures: 'restore it from a copy: it says who was erased and must stay so',
  compactions: 'remove the object: it only saves reading, and `tidemark gc --compact` makes it again',
};
