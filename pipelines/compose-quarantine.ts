import type { Tidemark } from './compose.ts';
import { ingestPorts } from './compose-ingest.ts';
import { loadExportDefinitions } from './definitions.ts';
import type { Receipt } from './domain/receipt.ts';
import { listQuarantine, replayQuarantine, showQuarantine } from './steps/quarantine.ts';

/** What was not accepted, and the way back in. */
export interface Quarantine {
  /** Receipts of files of which something was refused or quarantined. */
  list(): Promise<readonly Receipt[]>;
  /** Records of one quarantined file; their text, which is personal data, only where it is asked for. */
  show(sha: string, options: { readonly withText: boolean }): ReturnType<typeof showQuarantine>;
  /** Reads quarantined files again under the contracts of today. */
  replay(sha: string | undefined): AsyncGenerator<Receipt>;
}

export function composeQuarantine(tidemark: Pick<Tidemark, 'lake' | 'settings'>): Quarantine {
  const ports = () => ingestPorts(tidemark, loadExportDefinitions(tidemark.settings.catalogs));
  return {
    list: () => listQuarantine({ lake: tidemark.lake }),
    show: (sha, options) => showQuarantine(sha, options, ports()),
    replay: (sha) => replayQuarantine(sha, ports()),
  };
}
