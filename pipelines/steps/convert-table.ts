import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../domain/errors.ts';
import type { Note } from '../domain/receipt.ts';
import type { Dialect } from '../ingest/detect/dialect.ts';
import { csvLine, formulaText, isFormula } from '../ingest/parse/clean-csv.ts';
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

interface ConvertedTable {
  readonly file: string;
  readonly columns: number;
  readonly records: number;
  /** False where the file has no header record; then the CSV has none either. */
  readonly has_header: boolean;
}

const mostLeftOut = 1000;

/**
 * Reads any table file without being told its dialect and writes clean UTF-8 CSV into `outDirectory`: `<name>.csv`, further
 * tables as `<name>.2.csv` …, and last `<name>.notes.json`. Throws an `IngestError`, and writes nothing, where the file
 * cannot be read to its end.
 */
export async function convertTable(file: string, outDirectory: string): Promise<ConvertNotes> {
  if (resolve(outDirectory) === dirname(resolve(file))) {
    throw new UsageError('The tables would be written over the files they come from.', {
      where: outDirectory,
      next: 'Name another folder with --out.',
    });
  }
  const opened = await openTable(file);
  await mkdir(outDirectory, { recursive: true });
  const name = await freeName(basename(file), outDirectory);
  const writer = new TableWriter(outDirectory, name);
  try {
    for await (const batch of opened.batches) await writer.write(batch);
    await writer.finish(opened.header);
  } catch (error) {
    await writer.discard();
    throw error;
  }
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

/** The file's name without its extension, or with it where another file of that name was converted before. */
async function freeName(file: string, directory: string): Promise<string> {
  const name = file.replace(/(?:\.[A-Za-z0-9]+)?(?:\.gz)?$/i, '') || file;
  const earlier = await readFile(join(directory, `${name}.notes.json`), 'utf8').catch(() => undefined);
  if (earlier === undefined) return name;
  return (JSON.parse(earlier) as Partial<ConvertNotes>).file === file ? name : file;
}

/** Writes the tables of one file, one CSV each. */
class TableWriter {
  readonly leftOut: LeftOut[] = [];
  readonly tables: { file: string; columns: number; records: number; has_header: boolean }[] = [];
  readonly #directory: string;
  readonly #name: string;
  #formulas = 0;
  #texts = 0;
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
    for (const { file } of this.tables) await rename(this.#part(file), join(this.#directory, file));
  }

  async discard(): Promise<void> {
    for (const { file } of this.tables) await rm(this.#part(file), { force: true });
  }

  notes(): Note[] {
    const guarded = 'Cells that a spreadsheet would evaluate begin with an apostrophe now.';
    const texts = 'Cells were written as formulas that give a text (="…"); the text was taken.';
    return [
      { code: 'formula_guarded', count: this.#formulas, text: guarded },
      { code: 'formula_text', count: this.#texts, text: texts },
    ].filter(({ count }) => count > 0);
  }

  async #open(header: readonly string[] | null, width: number): Promise<void> {
    const number = this.tables.length + 1;
    const file = number === 1 ? `${this.#name}.csv` : `${this.#name}.${number}.csv`;
    this.tables.push({ file, columns: header?.length ?? width, records: 0, has_header: header !== null });
    await writeFile(this.#part(file), '');
    if (header !== null) this.#add(header);
    await this.#drain(file);
  }

  #cell(field: string): string {
    const text = field.startsWith('=') ? formulaText(field) : undefined;
    if (text !== undefined) this.#texts += 1;
    if (isFormula(text ?? field)) this.#formulas += 1;
    return text ?? field;
  }

  #part(file: string): string {
    return join(this.#directory, `${file}.part`);
  }

  #add(fields: readonly string[]): void {
    this.#text.push(csvLine(fields.map((field) => this.#cell(field))));
  }

  async #drain(file: string): Promise<void> {
    if (this.#text.length === 0) return;
    await writeFile(this.#part(file), this.#text.join(''), { flag: 'a' });
    this.#text = [];
  }
}
