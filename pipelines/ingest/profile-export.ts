import { basename } from 'node:path';
import { ColumnEvidence, type ColumnFinding } from './detect/column-evidence.ts';
import { openTable } from './parse/open-table.ts';

/** What an unknown export turns out to be: its first table, all records of it looked at. */
export interface ExportProfile {
  readonly fileName: string;
  readonly records: number;
  /** Null where the table has no header. */
  readonly header: readonly string[] | null;
  /** What separates fields; null where no text had to be cut. */
  readonly delimiter: string | null;
  readonly columns: readonly ColumnFinding[];
  /** Tables beside the first one, which nothing here speaks of. */
  readonly furtherTables: number;
}

/** Looks at every record of a table file of any format, in bounded memory. Throws an `IngestError` for what is no table. */
export async function profileExport(file: string): Promise<ExportProfile> {
  const opened = await openTable(file);
  const columns: ColumnEvidence[] = [];
  let header = opened.header;
  let records = 0;
  let furtherTables = 0;
  for await (const batch of opened.batches) {
    furtherTables = Math.max(furtherTables, batch.table);
    if (batch.table > 0) continue;
    header = batch.header;
    records += batch.records.length;
    for (const { fields } of batch.records) {
      for (const [at, field] of fields.entries()) {
        columns[at] ??= new ColumnEvidence();
        columns[at].add(field);
      }
    }
  }
  const width = Math.max(header?.length ?? 0, header === null ? columns.length : 0);
  return {
    fileName: basename(file),
    records,
    header,
    delimiter: opened.dialect?.delimiter ?? null,
    columns: Array.from({ length: width }, (_, at) => (columns[at] ?? new ColumnEvidence()).finding()),
    furtherTables,
  };
}
