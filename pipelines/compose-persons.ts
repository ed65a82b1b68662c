import { randomBytes } from 'node:crypto';
import type { Tidemark } from './compose.ts';
import { pseudonymKey, pseudonymKeyFile } from './compose-pseudonym-key.ts';
import { UsageError } from './domain/errors.ts';
import { createIngest } from './ingest/create-ingest.ts';
import { rotateLaptopKey } from './ingest/pseudonym-key.ts';
import { type EraseOptions, type EraseReport, erasePerson } from './steps/erase-person.ts';

/** Forgets one person in a lake. */
export function composeErasure(tidemark: Tidemark): (subject: string, options: EraseOptions) => Promise<EraseReport> {
  const { lake, definitions, settings } = tidemark;
  const ingest = createIngest({
    catalog: definitions,
    pseudonymKey: () => settings.pseudonymKey ?? pseudonymKey(),
    ...(settings.memoryLimit !== undefined && { memoryLimit: settings.memoryLimit }),
  });
  const ports = {
    ...{ lake, ingest, definitions, now: settings.now, newAttempt: () => randomBytes(6).toString('hex') },
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
