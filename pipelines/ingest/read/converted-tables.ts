import { appendFile, writeFile } from 'node:fs/promises';
import { cleanDialect, type Detection, type DialectHints } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { openTable } from '../parse/open-table.ts';
import type { TableBatch } from '../parse/table-batch.ts';

/** One table of a file, written as clean CSV beside the landed file. */
export interface ConvertedTable {
  /** The landed file with the CSV in its place; name and sha stay those of the delivery. */
  readonly file: LandedFile;
  /** Sheet or member that holds the table. */
  readonly name: string | undefined;
  readonly detection: Detection;
  /** Text that became no record of any table although every byte of it was decoded. */
  readonly leftOut: number;
}

/**
 * The tables of a file that is no text (workbook, archive, JSON, Parquet), or a text of more than one table: each becomes
 * a text that the engine reads.
 * Throws an `IngestError` for a file that is no table, or broken.
 */
export async function convertTables(file: LandedFile, hints: DialectHints): Promise<readonly ConvertedTable[]> {
  const opened = await openTable(file.path, hints);
  const drafts: Draft[] = [];
  let leftOut = 0;
  for await (const batch of opened.batches) {
    const draft = drafts[batch.table] ?? (await newDraft(file, batch));
    drafts[batch.table] = draft;
    leftOut += batch.leftOut.filter(({ raw, reason }) => reason !== 'preamble' && !raw.includes('\ufffd')).length;
    if (draft.header === null) draft.width = Math.max(draft.width, ...batch.records.map(({ fields }) => fields.length));
    await appendFile(draft.path, batch.records.map(({ fields }) => quotedLine(fields)).join(''), { mode: 0o600 });
  }
  const notes = opened.notes();
  return drafts.map(({ path, name, header, width }) => {
    const columns = Array.from({ length: width }, () => undefined);
    const layout = { width, columns, preamble: 0, headerRecords: 0, header };
    return {
      name,
      leftOut,
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

/** The header is no line of the CSV: it is known already. What an earlier conversion has left begins anew. */
async function newDraft(file: LandedFile, { table, name, header }: TableBatch): Promise<Draft> {
  const path = `${file.path}.${table}.csv`;
  await writeFile(path, '', { mode: 0o600 });
  return { path, name, header, width: header?.length ?? 0 };
}

/** Every field quoted: whatever stands in it, the engine and the scan read the same. */
export function quotedLine(fields: readonly string[]): string {
  return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`;
}
