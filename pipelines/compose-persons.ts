import type { Tidemark } from './compose.ts';
import { ingestPorts } from './compose-ingest.ts';
import { pseudonymKeyFile } from './compose-pseudonym-key.ts';
import { UsageError } from './domain/errors.ts';
import { rotateLaptopKey } from './ingest/pseudonym-key.ts';
import { type EraseOptions, type EraseReport, erasePerson } from './steps/erase-person.ts';

/** Forgets one person in a lake. */
export function composeErasure(tidemark: Tidemark): (subject: string, options: EraseOptions) => Promise<EraseReport> {
  const ports = {
    ...ingestPorts(tidemark, tidemark.definitions),
    definitions: tidemark.definitions,
    build: ({ full }: { readonly full: boolean }) => tidemark.build({ full }, () => undefined),
  };
  return (subject, options) => erasePerson(subject, options, ports);
}

/** Puts a new key in front of a laptop's. Answers its version. */
export function composeKeyRotation(): number {
  if (process.env['TIDEMARK_PSEUDONYM_KEY']) {
    throw new UsageError('the key comes from TIDEMARK_PSEUDONYM_KEY, which only you can change', {
      next: 'put the new key in front: TIDEMARK_PSEUDONYM_KEY="v2:$(openssl rand -hex 32),$TIDEMARK_PSEUDONYM_KEY"',
    });
  }
  return rotateLaptopKey(pseudonymKeyFile());
}
