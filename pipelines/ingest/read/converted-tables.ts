import { appendFile, writeFile } from 'node:fs/promises';
import type { Contract } from '../../domain/contract.ts';
import { cleanDialect, type Detection, type DialectHints } from '../detect/dialect.ts';
import type { LandedFile } from '../ingest.ts';
import { openTable } from '../parse/open-table.ts';
import type { TableBatch } from '../parse/table-batch.ts';
import { recogniseContract } from './recognise-contract.ts';

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
    const draft = drafts[batch.table] ?? (await newDraft(file, batch));
    drafts[batch.table] = draft;
    draft.width = Math.max(draft.width, ...batch.records.map(({ fields }) => fields.length));
    await appendFile(draft.path, batch.records.map(({ fields }) => quotedLine(fields)).join(''), { mode: 0o600 });
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

/** The table for a contract: the sheet that it names, else the first that it fits, else the first. */
export function tableOf(contract: Contract, tables: readonly ConvertedTable[]): ConvertedTable | undefined {
  const named = tables.find(({ name }) => name !== undefined && name === contract.files.sheet);
  const fitting = tables.find(
    ({ file, detection }) => recogniseContract(detection.layout.header, file.name, [contract]).kind === 'recognised',
  );
  return named ?? fitting ?? tables[0];
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
