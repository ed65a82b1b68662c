import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { IngestError } from '../domain/errors.ts';
import type { Note } from '../domain/receipt.ts';
import { detectDialect } from '../ingest/detect/detect-dialect.ts';
import type { Detection, Dialect } from '../ingest/detect/dialect.ts';
import { EncodingProbe } from '../ingest/detect/encoding.ts';
import { csvLine, isFormula } from '../ingest/parse/clean-csv.ts';
import { readTable } from '../ingest/parse/read-table.ts';
import type { LeftOut, TableBatch } from '../ingest/parse/table-batch.ts';

/** What `convert` writes beside the tables, as `<name>.notes.json`. */
export interface ConvertNotes {
  readonly file: string;
  readonly dialect: Dialect;
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

const sampleBytes = 1 << 18;
const chunkBytes = 1 << 18;
const mostLeftOut = 1000;

/**
 * Reads any table file without being told its dialect and writes clean UTF-8 CSV into `outDirectory`: `<name>.csv`, further
 * tables as `<name>.2.csv` …, and `<name>.notes.json`. Throws an `IngestError` where the file cannot be read.
 */
export async function convertTable(file: string, outDirectory: string): Promise<ConvertNotes> {
  const detection = await detectFile(file);
  await mkdir(outDirectory, { recursive: true });
  const name = basename(file, extname(file));
  const reading = readTable(createReadStream(file, { highWaterMark: chunkBytes }), detection);
  const writer = new TableWriter(outDirectory, name);
  for await (const batch of reading.batches) await writer.write(batch);
  await writer.finish(detection.layout.header);
  const notes: ConvertNotes = {
    file: basename(file),
    dialect: detection.dialect,
    tables: writer.tables,
    departures: [...reading.notes(), ...writer.notes()],
    left_out: writer.leftOut,
  };
  await writeFile(join(outDirectory, `${name}.notes.json`), `${JSON.stringify(notes, null, 2)}\n`);
  return notes;
}

/** Reads the file once for its encoding, which only its last byte proves, and keeps the start for the rest. */
async function detectFile(file: string): Promise<Detection> {
  const probe = new EncodingProbe();
  const head: Buffer[] = [];
  let kept = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
      probe.push(chunk);
      if (kept >= sampleBytes) continue;
      head.push(chunk);
      kept += chunk.length;
    }
  } catch (cause) {
    throw new IngestError('The file cannot be read.', { where: file, next: 'Check its name and permissions.', cause });
  }
  return detectDialect(Buffer.concat(head).subarray(0, sampleBytes), { found: probe.finish() });
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
