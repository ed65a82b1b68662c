import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Note } from '../domain/receipt.ts';
import type { Dialect } from '../ingest/detect/dialect.ts';
import { csvLine, isFormula } from '../ingest/parse/clean-csv.ts';
import { type OpenedTable, openTable } from '../ingest/parse/open-table.ts';
import type { LeftOut, TableBatch } from '../ingest/parse/table-batch.ts';

/** What `convert` writes beside the tables, as `<name>.notes.json`. */
export interface ConvertNotes {
  readonly file: string;
  readonly format: OpenedTable['format'];
  /** How the text is written; null for workbooks and JSON. */
  readonly dialect: Dialect | null;
  readonly tables: readonly ConvertedTable[];
  /** Every departure from a clean table: what was found and how it was read. */
  readonly departures: readonly Note[];
  /** The first text left out, and why; `departures` counts all of it. */
  readonly left_out: readonly LeftOut[];
}

export interface ConvertedTable {
  readonly file: string;
  readonly columns: number;
  readonly records: number;
  /** False where the file has no header record; then the CSV has none either. */
  readonly has_header: boolean;
}

const mostLeftOut = 1000;

/**
 * Reads any table file without being told its dialect and writes clean UTF-8 CSV into `outDirectory`: `<name>.csv`, further
 * tables as `<name>.2.csv` …, and `<name>.notes.json`. Throws an `IngestError` where the file cannot be read.
 */
export async function convertTable(file: string, outDirectory: string): Promise<ConvertNotes> {
  const opened = await openTable(file);
  await mkdir(outDirectory, { recursive: true });
  const name = basename(file).replace(/(?:\.[A-Za-z0-9]+)?(?:\.gz)?$/i, '');
  const writer = new TableWriter(outDirectory, name);
  for await (const batch of opened.batches) await writer.write(batch);
  await writer.finish(opened.header);
  const notes: ConvertNotes = {
    file: basename(file),
    format: opened.format,
    dialect: opened.dialect,
    tables: writer.tables,
    departures: [...opened.notes(), ...writer.notes()],
    left_out: writer.leftOut,
  };
  await writeFile(join(outDirectory, `${name}.notes.json`), `${JSON.stringify(notes, null, 2)}\n`);
  return notes;
}

/** Writes the tables of one file, one CSV each. */
class TableWriter {
  readonly leftOut: LeftOut[] = [];
  readonly tables: { file: string; columns: number; records: number; has_header: boolean }[] = [];
  readonly #directory: string;
  readonly #name: string;
  #formulas = 0;
  #text: string[] = [];

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  async write(batch: TableBatch): Promise<void> {
    for (const left of batch.leftOut) if (this.leftOut.length < mostLeftOut) this.leftOut.push(left);
    if (batch.table >= this.tables.length) await this.#open(batch.header, batch.records[0]?.fields.length ?? 0);
    const table = this.tables[batch.table];
    if (table === undefined) return;
    for (const record of batch.records) this.#add(record.fields);
    table.records += batch.records.length;
    await this.#drain(table.file);
  }

  /** A file without records still gives a table: its header, or nothing at all. */
  async finish(header: readonly string[] | null): Promise<void> {
    if (this.tables.length === 0) await this.#open(header, 0);
  }

  notes(): Note[] {
    if (this.#formulas === 0) return [];
    const text = 'Cells that a spreadsheet would evaluate begin with an apostrophe now.';
    return [{ code: 'formula_guarded', count: this.#formulas, text }];
  }

  async #open(header: readonly string[] | null, width: number): Promise<void> {
    const number = this.tables.length + 1;
    const file = number === 1 ? `${this.#name}.csv` : `${this.#name}.${number}.csv`;
    this.tables.push({ file, columns: header?.length ?? width, records: 0, has_header: header !== null });
    await writeFile(join(this.#directory, file), '');
    if (header !== null) this.#add(header);
    await this.#drain(file);
  }

  #add(fields: readonly string[]): void {
    for (const field of fields) if (isFormula(field)) this.#formulas += 1;
    this.#text.push(csvLine(fields));
  }

  async #drain(file: string): Promise<void> {
    if (this.#text.length === 0) return;
    await writeFile(join(this.#directory, file), this.#text.join(''), { flag: 'a' });
    this.#text = [];
  }
}
