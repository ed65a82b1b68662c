import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quotedString } from '@duckdb/node-api';
import type { RejectReason } from '../../domain/receipt.ts';
import type { EngineSession } from './engine.ts';

export interface RejectedRecord {
  readonly line: number;
  /** "code:column" or "code". */
  readonly reason: string;
  readonly raw: string;
}

/** Gathers rejected records on disk while a file is read, and their reasons in memory. */
export class RejectedRecords {
  count = 0;
  readonly #file: string;
  readonly #reasons = new Map<string, { count: number; example_line: number }>();

  constructor(scratch: string) {
    this.#file = join(scratch, 'rejected.csv');
  }

  async add(records: readonly RejectedRecord[]): Promise<void> {
    if (records.length === 0) return;
    for (const { reason, line } of records) this.#count(reason, line);
    this.count += records.length;
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const rows = records.map(({ line, reason, raw }) => {
      const [code, column] = reason.split(':');
      return `${line},${quoted(raw)},${quoted(column ?? '')},${quoted(code ?? reason)}\n`;
    });
    await appendFile(this.#file, rows.join(''), { mode: 0o600 });
  }

  /** True where a cell could not be read as a date or time. */
  get hasUnreadTime(): boolean {
    return [...this.#reasons.keys()].some((reason) => reason.startsWith('not_a_date:'));
  }

  /** Those of which not every byte can be decoded. */
  get undecodable(): number {
    return this.#reasons.get('undecodable')?.count ?? 0;
  }

  reasons(): RejectReason[] {
    const all = [...this.#reasons].map(([reason, seen]) => ({ reason, ...seen }));
    return all.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }

  /** Writes the quarantine file; null where nothing was rejected. */
  async write(
    session: EngineSession,
    target: string,
    provenance: { readonly sha: string; readonly source: string },
  ): Promise<string | null> {
    if (this.count === 0) return null;
    const columns = "{'_line': 'bigint', 'raw': 'varchar', 'column_name': 'varchar', 'reason': 'varchar'}";
    await session.run(
      `copy (select _line, raw, column_name, reason, ${quotedString(provenance.sha)} as _export, ${quotedString(provenance.source)} as source
        from read_csv(${quotedString(this.#file)}, header = false, auto_detect = false, new_line = '\\n', delim = ',', quote = '"', escape = '"',
        max_line_size = 16777216, buffer_size = 33554432, parallel = false, columns = ${columns}) order by _line)
        to ${quotedString(target)} (format parquet, compression zstd)`,
    );
    await rm(this.#file);
    return target;
  }

  #count(reason: string, line: number): void {
    const seen = this.#reasons.get(reason);
    if (seen === undefined) this.#reasons.set(reason, { count: 1, example_line: line });
    else {
      seen.count += 1;
      seen.example_line = Math.min(seen.example_line, line);
    }
  }
}
