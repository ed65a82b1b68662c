import { randomBytes } from 'node:crypto';
import { pseudonymKey, type Tidemark } from './compose.ts';
import { createIngest } from './ingest/create-ingest.ts';
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
