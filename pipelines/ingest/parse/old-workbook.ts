import { readFile, stat } from 'node:fs/promises';
import { IngestError } from '../../domain/errors.ts';
import { biffText, sharedTexts } from './biff-strings.ts';
import { readCompoundStream } from './compound-file.ts';
import { type CellKind, kindOfFormat } from './excel-cell.ts';

/** A record of the workbook stream: its kind, where its body starts and ends. */
export interface BiffRecord {
  readonly kind: number;
  readonly body: Buffer;
  readonly end: number;
}

/** A workbook of Excel 97 to 2003, whole in memory: such files hold 65,536 rows a sheet at most. */
export interface OldWorkbook {
  readonly sheets: readonly { readonly name: string; readonly offset: number; readonly isHidden: boolean }[];
  readonly stream: Buffer;
  readonly strings: readonly string[];
  readonly styles: readonly CellKind[];
  readonly calendar: 1900 | 1904;
}

const mostBytes = 256 << 20;
const kinds = { bof: 0x809, eof: 0x0a, sheet: 0x85, shared: 0xfc, more: 0x3c, style: 0xe0, format: 0x41e } as const;
const encrypted = 0x2f;
const calendarMark = 0x22;
const version8 = 0x0600;

/** Opens a workbook. Throws an `IngestError` for one that is encrypted, older than Excel 97, or damaged. */
export async function openOldWorkbook(file: string): Promise<OldWorkbook> {
  const { size } = await stat(file);
  if (size > mostBytes) throw refused('The old workbook is larger than any that Excel writes.', file);
  try {
    const stream = readCompoundStream(await readFile(file), ['Workbook', 'Book']);
    if (stream === undefined) throw refused('The file holds no Excel workbook, or an encrypted one.', file);
    return readGlobals(stream, file);
  } catch (cause) {
    if (cause instanceof IngestError) throw cause;
    throw new IngestError('The old workbook is damaged.', { where: file, next: 'Save it again as .xlsx.', cause });
  }
}

/** The records from an offset to the end of their part of the stream. */
export function* biffRecords(stream: Buffer, offset: number): Generator<BiffRecord> {
  let at = offset;
  while (at + 4 <= stream.length) {
    const end = at + 4 + stream.readUInt16LE(at + 2);
    const record = { kind: stream.readUInt16LE(at), body: stream.subarray(at + 4, end), end };
    yield record;
    if (record.kind === kinds.eof) return;
    at = end;
  }
}

function readGlobals(stream: Buffer, file: string): OldWorkbook {
  const records = [...biffRecords(stream, 0)];
  const [first] = records;
  if (first?.kind !== kinds.bof || first.body.readUInt16LE(0) !== version8) {
    throw refused('The workbook is older than Excel 97.', file);
  }
  const of = (kind: number): Buffer[] => records.filter((record) => record.kind === kind).map(({ body }) => body);
  if (of(encrypted).length > 0) throw refused('The workbook is encrypted.', file);
  const codes = new Map(of(kinds.format).map((body) => [body.readUInt16LE(0), biffText(body, 2, 2).text]));
  const formats = of(kinds.style).map((body) => body.readUInt16LE(2));
  return {
    stream,
    sheets: of(kinds.sheet).flatMap(sheetOf),
    strings: sharedTexts(sharedPieces(records)),
    styles: formats.map((id) => kindOfFormat(id, codes.get(id))),
    calendar: of(calendarMark).some((body) => body.readUInt16LE(0) === 1) ? 1904 : 1900,
  };
}

/** The record of shared texts and the continuations right behind it. */
function sharedPieces(records: readonly BiffRecord[]): Buffer[] {
  const start = records.findIndex(({ kind }) => kind === kinds.shared);
  if (start < 0) return [];
  const behind = records.slice(start + 1);
  const end = behind.findIndex(({ kind }) => kind !== kinds.more);
  return [...records.slice(start, start + 1), ...behind.slice(0, end < 0 ? behind.length : end)].map(
    ({ body }) => body,
  );
}

/** Only worksheets have rows; charts and macros have none. */
function sheetOf(body: Buffer): { name: string; offset: number; isHidden: boolean }[] {
  if (body.readUInt8(5) !== 0) return [];
  // The lowest two bits: shown, hidden, or hidden so that only a macro can show it.
  const isHidden = (body.readUInt8(4) & 3) !== 0;
  return [{ name: biffText(body, 6, 1).text, offset: body.readUInt32LE(0), isHidden }];
}

function refused(message: string, where: string): IngestError {
  return new IngestError(message, { where, next: 'Save it as .xlsx or CSV without a password.' });
}
