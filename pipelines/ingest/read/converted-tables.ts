import { appendFile } from 'node:fs/promises';
import { cleanDialect, type Detection, type DialectHints } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { openTable } from '../parse/open-table.ts';
import type { TableBatch } from '../parse/table-batch.ts';

/** One table of a workbook, archive, JSON or Parquet file, written as clean CSV beside the landed file. */
export interface ConvertedTable {
  /** The landed file with the CSV in its place; name and sha stay those of the delivery. */
  readonly file: LandedFile;
  /** Sheet or member that holds the table. */
  readonly name: string | undefined;
  readonly detection: Detection;
}

/**
 * The tables of a file that is no text (workbook, archive, JSON, Parquet): the engine reads texts, so they become texts.
 * Throws an `IngestError` for a file that is no table, or broken.
 */
export async function convertTables(file: LandedFile, hints: DialectHints): Promise<readonly ConvertedTable[]> {
  const opened = await openTable(file.path, hints);
  const drafts: Draft[] = [];
  for await (const batch of opened.batches) {
    const draft = drafts[batch.table] ?? newDraft(file, batch);
    drafts[batch.table] = draft;
    draft.width = Math.max(draft.width, ...batch.records.map(({ fields }) => fields.length));
    await appendFile(draft.path, batch.records.map(({ fields }) => line(fields)).join(''), { mode: 0o600 });
  }
  const [...notes] = opened.notes();
  const others = drafts.length - 1;
  if (others > 0) {
    const text = 'The file holds further tables: only the one that fits the contract was read.';
    notes.push({ code: 'further_tables', count: others, text });
  }
  return drafts.map(({ path, name, header, width }) => {
    const columns = Array.from({ length: width }, () => undefined);
    const layout = { width, columns, preamble: 0, headerRecords: 0, header };
    return {
      name,
      file: { ...file, path, isGzip: false },
      detection: { dialect: cleanDialect, layout, notes: [...notes] },
    };
  });
}

interface Draft {
  readonly path: string;
  readonly name: string | undefined;
  readonly header: readonly string[] | null;
  width: number;
}

/** The header is no line of the CSV: it is known already. */
function newDraft(file: LandedFile, { table, name, header }: TableBatch): Draft {
  return { path: `${file.path}.${table}.csv`, name, header, width: header?.length ?? 0 };
}

/** Every field quoted: whatever stands in it, the engine and the scan read the same. */
function line(fields: readonly string[]): string {
  return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`;
}
