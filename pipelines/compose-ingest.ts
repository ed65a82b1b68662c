import { randomBytes } from 'node:crypto';
import type { Tidemark } from './compose.ts';
import { pseudonymKey } from './compose-pseudonym-key.ts';
import type { ExportDefinitions } from './definitions.ts';
import { createIngest } from './ingest/create-ingest.ts';
import type { IngestPorts } from './steps/ingest-exports.ts';

/** What reads files into a lake. @param onKey hears of a pseudonym key that was made just now. */
export function ingestPorts(
  { lake, settings }: Pick<Tidemark, 'lake' | 'settings'>,
  catalog: ExportDefinitions,
  onKey?: (file: string) => void,
): IngestPorts {
  const { memoryLimit, now } = settings;
  const ingest = createIngest({
    catalog,
    pseudonymKey: () => settings.pseudonymKey ?? pseudonymKey(onKey),
    ...(memoryLimit !== undefined && { memoryLimit }),
  });
  return { lake, ingest, now, newAttempt: () => randomBytes(6).toString('hex') };
}
