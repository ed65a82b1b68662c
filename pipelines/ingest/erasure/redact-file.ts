import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, copyFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { IngestError } from '../../domain/errors.ts';
import { detectDialect } from '../detect/detect-dialect.ts';
import type { Detection } from '../detect/dialect.ts';
import { detectFormat } from '../detect/format.ts';
import type { IngestCatalog, LandedFile } from '../ingest.ts';
import type { PersonsInFile, RedactedFile } from '../persons.ts';
import { contractHints } from '../plan/contract-hints.ts';
import { sortTables } from '../read/choose-table.ts';
import { convertTables, quotedLine } from '../read/converted-tables.ts';
import { EngineFault } from '../read/engine.ts';
import { exportBytes, sampleBytes } from '../read/export-bytes.ts';
import { knownHeaders } from '../read/recognise-contract.ts';
import type { PersonMatcher } from './person-matcher.ts';
import { noTable, type PersonalLayout, personalLayout } from './personal-layout.ts';
import { RecordRedactor } from './record-redactor.ts';
import { type Redaction, redactText } from './redact-text.ts';

/** One table of a file. */
interface Table {
  readonly file: LandedFile;
  readonly detection: Detection;
  /** The one that the contract reads. */
  readonly isChosen: boolean;
}

/** How persons are found in one table. */
export interface TableRedactor {
  readonly layout: PersonalLayout;
  readonly redactor: RecordRedactor;
}

/** Writes files again without persons. */
export class FileRedactor {
  readonly #catalog: IngestCatalog;
  readonly #matcher: PersonMatcher;

  constructor(catalog: IngestCatalog, matcher: PersonMatcher) {
    this.#catalog = catalog;
    this.#matcher = matcher;
  }

  /** Undefined where nothing in the file names them. */
  async redact(request: PersonsInFile, target: string): Promise<RedactedFile | undefined> {
    if (request.file.bytes === 0) return undefined;
    try {
      return await this.#redactTables(request, target);
    } catch (error) {
      // What the engine could not do says nothing of the file.
      if (!(error instanceof IngestError) || error instanceof EngineFault) throw error;
    }
    return await this.#redactBytes(request, target);
  }

  /** A file that is broken or no table: what can be read of it may still mention somebody. */
  async #redactBytes({ file, persons }: PersonsInFile, target: string): Promise<RedactedFile | undefined> {
    const redactor = new RecordRedactor(noTable, this.#matcher, persons);
    const redaction = await redactText(createReadStream(file.path), { layout: noTable, redactor, target });
    if (redaction.records === 0) return undefined;
    return { ...redaction, ...(await identity(target)), form: 'same_bytes', tables_left_out: 0 };
  }

  async #redactTables(request: PersonsInFile, target: string): Promise<RedactedFile | undefined> {
    const { file } = request;
    const { isText, tables } = await this.#open(request);
    const total = { records: 0, cells: 0 };
    for (const table of tables) {
      const draft = `${target}.table`;
      const { records, cells } = await this.#redactTable(table, request, draft);
      total.records += records;
      total.cells += cells;
      if (table.isChosen) await (isText ? rename(draft, target) : writeTable(table, draft, target));
      await rm(draft, { force: true });
    }
    // What never became a record may still be read in the file itself.
    if (total.records === 0) return isText ? undefined : await this.#redactBytes(request, target);
    if (isText && file.isGzip) await packed(target);
    const form = isText ? 'same_bytes' : 'clean_csv';
    return { ...total, ...(await identity(target)), form, tables_left_out: tables.length - 1 };
  }

  /** Finds persons in records that were taken out of a file; it was read before, so it is no broken one. */
  async tableRedactor(request: PersonsInFile): Promise<TableRedactor | undefined> {
    const { tables } = await this.#open(request);
    const chosen = tables.find(({ isChosen }) => isChosen);
    return chosen && this.#redactorOf(chosen, request);
  }

  #redactTable(table: Table, request: PersonsInFile, target: string): Promise<Redaction> {
    return redactText(exportBytes(table.file), { ...this.#redactorOf(table, request), target });
  }

  #redactorOf({ detection }: Table, { contract, persons }: PersonsInFile): TableRedactor {
    const layout = personalLayout(detection, contract, this.#catalog);
    return { layout, redactor: new RecordRedactor(layout, this.#matcher, persons) };
  }

  async #open({ file, contract }: PersonsInFile): Promise<{ isText: boolean; tables: readonly Table[] }> {
    const sample = await sampleBytes(file);
    const hints = contract ? contractHints(contract) : { knownHeaders: knownHeaders(this.#catalog.contracts.values()) };
    if (detectFormat(sample) === 'text') {
      const detection = await withTrueEncoding(detectDialect(sample, hints), file);
      return { isText: true, tables: [{ file, detection, isChosen: true }] };
    }
    // Under a name of its own: whoever else reads the file has converted it beside itself.
    const own = { ...file, path: `${file.path}.persons` };
    await copyFile(file.path, own.path);
    const tables = await convertTables(own, hints);
    const { chosen, others } = contract
      ? await sortTables(contract, tables)
      : { chosen: tables[0], others: tables.slice(1) };
    const first = chosen === undefined ? [] : [{ ...chosen, isChosen: true }];
    return { isText: false, tables: [...first, ...others.map((table) => ({ ...table, isChosen: false }))] };
  }
}

/** A clean CSV: the header, which the records' text does not have, and the records. */
async function writeTable({ detection }: Table, records: string, target: string): Promise<void> {
  await writeFile(target, quotedLine(detection.layout.header ?? []), { mode: 0o600 });
  for await (const piece of createReadStream(records)) await appendFile(target, piece as Buffer);
}

/** A long ASCII beginning looks like UTF-8; Chinese text behind it may be GB18030 all the same. */
async function withTrueEncoding(detection: Detection, file: LandedFile): Promise<Detection> {
  if (await canDecode(file, detection.dialect.encoding)) return detection;
  if (!(await canDecode(file, 'gb18030'))) return detection;
  return { ...detection, dialect: { ...detection.dialect, encoding: 'gb18030' } };
}

async function canDecode(file: LandedFile, encoding: string): Promise<boolean> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const piece of exportBytes(file)) decoder.decode(piece, { stream: true });
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function packed(path: string): Promise<void> {
  const draft = `${path}.gz`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(draft, { mode: 0o600 }));
  await rename(draft, path);
}

async function identity(path: string): Promise<Pick<RedactedFile, 'path' | 'sha' | 'bytes'>> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { path, sha: hash.digest('hex'), bytes: (await stat(path)).size };
}
