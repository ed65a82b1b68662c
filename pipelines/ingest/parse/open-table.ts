import { basename } from 'node:path';
import { IngestError } from '../../domain/errors.ts';
import type { Note } from '../../domain/receipt.ts';
import { detectDialect } from '../detect/detect-dialect.ts';
import type { Detection, Dialect, DialectHints } from '../detect/dialect.ts';
import { EncodingProbe } from '../detect/encoding.ts';
import { detectFormat, type FileFormat } from '../detect/format.ts';
import { type ByteSource, plainBytes, unzippedBytes } from './file-bytes.ts';
import { jsonRecords, jsonShape } from './json-records.ts';
import { oldSheetRecords } from './old-sheet-records.ts';
import { openOldWorkbook } from './old-workbook.ts';
import { parquetRecords } from './parquet-records.ts';
import { assembleRecords, type RecordSource } from './read-records.ts';
import { readTable } from './read-table.ts';
import { sheetRecords } from './sheet-records.ts';
import type { TableBatch } from './table-batch.ts';
import { isWorkbook, openWorkbook } from './workbook.ts';
import { ZipArchive, type ZipMember } from './zip-archive.ts';

/** A table file of any format; `batches` once, then `notes`. */
export interface OpenedTable {
  readonly format: FileFormat | 'workbook';
  /** How the text is written; null where no text had to be cut. */
  readonly dialect: Dialect | null;
  /** Header of the first table of a text, known before its records. */
  readonly header: readonly string[] | null;
  readonly batches: AsyncIterable<TableBatch>;
  notes(): readonly Note[];
}

const sampleBytes = 1 << 18;

/** Opens a table file by what its bytes are. Throws an `IngestError` for what is no table, or broken. */
export async function openTable(file: string, hints: DialectHints = {}): Promise<OpenedTable> {
  const format = detectFormat(await headOf(plainBytes(file), file));
  switch (format) {
    case 'zip':
      return openArchive(file, hints);
    case 'gzip':
      return openBytes(unzippedBytes(file), file, hints);
    case 'text':
    case 'json':
      return openBytes(plainBytes(file), file, hints);
    case 'old_excel':
      return await openOldExcel(file, hints);
    case 'parquet':
      return openParquet(file, hints);
    case 'markup':
      throw new IngestError(noTableMessage, {
        where: file,
        next: 'It is a page or XML under another name: open it in a spreadsheet and save it as XLSX.',
      });
    default:
      throw unreadable(file);
  }
}

const noTableMessage = 'The file is no table.';

function unreadable(where: string): IngestError {
  const next = 'Pass text, CSV, JSON, XLSX, XLS, Parquet, or a zip of texts.';
  return new IngestError(noTableMessage, { where, next });
}

async function openOldExcel(file: string, hints: DialectHints): Promise<OpenedTable> {
  const workbook = await openOldWorkbook(file);
  const notes: Note[] = [];
  async function* sheets(): AsyncGenerator<RecordSource> {
    for (const { name, offset } of shownSheets(workbook.sheets, { hints, notes })) {
      async function* records() {
        yield oldSheetRecords(workbook, offset);
      }
      yield { name, header: 'find', records: wellFormed(records(), `${file}: ${name}`) };
    }
  }
  return recordTables('workbook', sheets, { hints, notes });
}

function openParquet(file: string, hints: DialectHints): OpenedTable {
  async function* whole(): AsyncGenerator<RecordSource> {
    yield { name: basename(file), header: 'first', records: wellFormed(parquetRecords(file), file) };
  }
  return recordTables('parquet', whole, { hints, notes: [] });
}

async function openBytes(bytes: ByteSource, file: string, hints: DialectHints): Promise<OpenedTable> {
  const { head, detection } = await detectBytes(bytes, file, hints);
  const format = detectFormat(head);
  if (!['text', 'json'].includes(format)) throw unreadable(file);
  if (format !== 'json') return { format: 'text', ...textTable(bytes, detection) };
  const { encoding } = detection.dialect;
  const records = jsonRecords(decoded(bytes, encoding), jsonShape(new TextDecoder(encoding).decode(head)));
  return recordTables(
    'json',
    async function* sources() {
      yield { name: basename(file), header: 'first', records: wellFormed(records, file) };
    },
    { hints, notes: [] },
  );
}

function textTable(bytes: ByteSource, detection: Detection): Omit<OpenedTable, 'format'> {
  const reading = readTable(bytes(), detection);
  return { ...reading, dialect: detection.dialect, header: detection.layout.header };
}

/** Reads everything once for the encoding, which only the last byte proves, and keeps the start for the rest. */
async function detectBytes(bytes: ByteSource, file: string, hints: DialectHints) {
  const probe = new EncodingProbe();
  const head: Uint8Array[] = [];
  let kept = 0;
  for await (const chunk of readable(bytes, file)) {
    probe.push(chunk);
    if (kept < sampleBytes) head.push(chunk);
    kept += chunk.length;
  }
  const sample = Buffer.concat(head).subarray(0, sampleBytes);
  return { head: sample, detection: detectDialect(sample, { ...hints, found: probe.finish() }) };
}

async function headOf(bytes: ByteSource, file: string): Promise<Uint8Array> {
  for await (const chunk of readable(bytes, file)) return chunk;
  return new Uint8Array(0);
}

async function* readable(bytes: ByteSource, file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes();
  } catch (cause) {
    if (cause instanceof IngestError) throw cause;
    throw new IngestError('The file cannot be read.', { where: file, next: 'Check its name and permissions.', cause });
  }
}

async function* decoded(bytes: ByteSource, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of bytes()) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* wellFormed<T>(records: AsyncIterable<T>, file: string): AsyncGenerator<T> {
  try {
    yield* records;
  } catch (cause) {
    if (cause instanceof IngestError) throw cause;
    throw new IngestError('The file is damaged inside.', { where: file, next: 'Ask for it again.', cause });
  }
}

async function openArchive(file: string, hints: DialectHints): Promise<OpenedTable> {
  const archive = await ZipArchive.open(file);
  const notes: Note[] = [];
  if (isWorkbook(archive)) {
    const sheets = () => wellFormed(sheetsOf(archive, file, { hints, notes }), file);
    return recordTables('workbook', sheets, { hints, notes });
  }
  const members = archive.members.filter(({ name }) => !/(?:^|\/)(?:__MACOSX\/|\.)/.test(name));
  return {
    format: 'zip',
    dialect: null,
    header: null,
    batches: membersOf(archive, file, members, { hints, notes }),
    notes: () => notes,
  };
}

interface PartReading {
  readonly hints: DialectHints;
  readonly notes: Note[];
}

/** The tables of all members, one after the other. */
async function* membersOf(
  archive: ZipArchive,
  file: string,
  members: readonly ZipMember[],
  { hints, notes }: PartReading,
): AsyncGenerator<TableBatch> {
  let first = 0;
  let isEmpty = true;
  try {
    for (const { name, open } of members) {
      const opened = await openBytes(() => memberBytes(open(), `${file}: ${name}`), `${file}: ${name}`, hints).catch(
        noMember,
      );
      if (opened === undefined) {
        notes.push({ code: 'no_table', count: 1, text: `${name}: This is no table; it was left out.` });
        continue;
      }
      let next = first;
      for await (const batch of opened.batches) {
        next = Math.max(next, first + batch.table + 1);
        yield { ...batch, table: first + batch.table, name };
      }
      first = next;
      isEmpty = false;
      notes.push(...opened.notes().map((note) => ({ ...note, text: `${name}: ${note.text}` })));
    }
  } finally {
    archive.close();
  }
  const next = 'Unpack what lies packed within it, and pass tables.';
  if (isEmpty) throw new IngestError('Nothing in the archive is a table.', { where: file, next });
}

/** Beside tables an archive may hold anything: pictures, documents, archives. */
function noMember(error: unknown): undefined {
  if (error instanceof IngestError && error.message === noTableMessage) return undefined;
  throw error;
}

async function* memberBytes(stream: Promise<AsyncIterable<Uint8Array>>, where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* await stream;
  } catch (cause) {
    throw new IngestError('The archive is broken.', { where, next: 'Ask for the file again.', cause });
  }
}

async function* sheetsOf(archive: ZipArchive, file: string, reading: PartReading): AsyncGenerator<RecordSource> {
  try {
    const workbook = await openWorkbook(archive);
    for (const { name, member } of shownSheets(workbook.sheets, reading)) {
      yield { name, header: 'find', records: wellFormed(sheetRecords(member, workbook), `${file}: ${name}`) };
    }
  } finally {
    archive.close();
  }
}

/** Hidden sheets hold what nobody was meant to pass on: lists to choose from, last year's rows. A contract may want one. */
function shownSheets<T extends { readonly name: string; readonly isHidden: boolean }>(
  sheets: readonly T[],
  { hints, notes }: PartReading,
): readonly T[] {
  const shown = sheets.filter(({ name, isHidden }) => !isHidden || name === hints.sheet);
  const count = sheets.length - shown.length;
  const names = sheets.flatMap((sheet) => (shown.includes(sheet) ? [] : [sheet.name])).join(', ');
  const text = `Hidden sheets were left out: ${names}. A contract that names one reads it.`;
  if (count > 0) notes.push({ code: 'hidden_sheets', count, text });
  return shown;
}

function recordTables(
  format: OpenedTable['format'],
  sources: () => AsyncIterable<RecordSource>,
  { hints, notes }: PartReading,
): OpenedTable {
  async function* batches(): AsyncGenerator<TableBatch> {
    let tables = 0;
    for await (const source of sources()) {
      const assembler = yield* assembleRecords(source, tables, hints);
      if (assembler === undefined) continue;
      tables += assembler.tables;
      notes.push(...assembler.book.notes().map((note) => ({ ...note, text: `${source.name}: ${note.text}` })));
    }
  }
  return { format, dialect: null, header: null, batches: batches(), notes: () => notes };
}
