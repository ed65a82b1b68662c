import { loadDefinitions } from '../../pipelines/definitions.ts';
import { createIngest } from '../../pipelines/ingest/create-ingest.ts';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { ingestExports } from '../../pipelines/steps/ingest-exports.ts';
import { faultyLake } from '../fixtures/faulty-lake.ts';

// Ingests one file in a process of its own, which may be told to kill itself at a write of the lake.
const [lakeFolder = '', catalog = '', path = '', at = '0', when = 'before'] = process.argv.slice(2);
const lake = createFolderLake(lakeFolder);
const key = { version: 1, secret: new Uint8Array(32).fill(7) };
const fault = { at: Number(at), when: when === 'after' ? 'after' : 'before' } as const;
const ports = {
  lake: faultyLake(lake, fault, () => process.kill(process.pid, 'SIGKILL')),
  ingest: createIngest({ catalog: loadDefinitions([catalog]), pseudonymKey: () => key }),
  now: () => new Date('2026-01-05T00:00:00Z'),
  newAttempt: () => `pid${process.pid}`,
};
for await (const receipt of ingestExports([path], {}, ports)) process.stdout.write(`${JSON.stringify(receipt)}\n`);
