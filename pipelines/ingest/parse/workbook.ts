import { posix } from 'node:path';
import { IngestError } from '../../domain/errors.ts';
import { type CellKind, kindOfFormat } from './excel-cell.ts';
import { listenToXml, type XmlListener } from './xml-events.ts';
import type { ZipArchive, ZipMember } from './zip-archive.ts';

interface Sheet {
  readonly name: string;
  readonly member: ZipMember;
  /** Not shown to whoever opens the workbook. */
  readonly isHidden: boolean;
}

/** What all sheets of a workbook share. */
export interface Workbook {
  readonly sheets: readonly Sheet[];
  readonly strings: readonly string[];
  /** Kind of number by cell style. */
  readonly styles: readonly CellKind[];
  readonly calendar: 1900 | 1904;
}

/** Shared strings are the one part of a workbook that must be held in memory. */
const mostStringBytes = 512 << 20;

/** Whether an archive is a workbook. */
export function isWorkbook(archive: ZipArchive): boolean {
  return archive.member('xl/workbook.xml') !== undefined;
}

/** Reads sheet names, shared strings and number formats. Throws an `IngestError` where a part is missing or too large. */
export async function openWorkbook(archive: ZipArchive): Promise<Workbook> {
  const targets = await readTargets(archive);
  const sheets: Sheet[] = [];
  let calendar: 1900 | 1904 = 1900;
  await listen(archive, 'xl/workbook.xml', {
    open(name, attributes) {
      if (name === 'workbookPr' && /^(?:1|true)$/.test(attributes['date1904'] ?? '')) calendar = 1904;
      if (name === 'sheet') sheets.push(...sheetOf(attributes, archive, targets));
    },
  });
  return { sheets, calendar, strings: await readStrings(archive), styles: await readStyles(archive) };
}

/** Sheets of charts have no cells. */
function sheetOf(
  attributes: Readonly<Record<string, string>>,
  archive: ZipArchive,
  targets: ReadonlyMap<string, string>,
): Sheet[] {
  const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
  const member = archive.member(targets.get(id) ?? '');
  if (member === undefined || member.name.includes('chartsheet')) return [];
  return [{ name: attributes['name'] ?? '', member, isHidden: /hidden$/i.test(attributes['state'] ?? '') }];
}

async function readTargets(archive: ZipArchive): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  await listen(archive, 'xl/_rels/workbook.xml.rels', {
    open(name, { Id: id = '', Target: target = '' }) {
      if (name === 'Relationship') targets.set(id, target.startsWith('/') ? target.slice(1) : posix.join('xl', target));
    },
  });
  return targets;
}

async function readStrings(archive: ZipArchive): Promise<string[]> {
  const strings: string[] = [];
  const size = archive.member('xl/sharedStrings.xml')?.bytes ?? 0;
  if (size > mostStringBytes) {
    throw new IngestError('The workbook holds more text than fits in memory.', { next: 'Export it as CSV.' });
  }
  let text = '';
  let isText = false;
  let isPhonetic = false;
  await listen(archive, 'xl/sharedStrings.xml', {
    open(name) {
      if (name === 'si') text = '';
      if (name === 'rPh') isPhonetic = true;
      isText = name === 't' && !isPhonetic;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(name) {
      if (name === 't') isText = false;
      if (name === 'rPh') isPhonetic = false;
      if (name === 'si') strings.push(text);
    },
  });
  return strings;
}

async function readStyles(archive: ZipArchive): Promise<CellKind[]> {
  const codes = new Map<number, string>();
  const kinds: CellKind[] = [];
  let isCellFormat = false;
  await listen(archive, 'xl/styles.xml', {
    open(name, { numFmtId = '0', formatCode = '' }) {
      if (name === 'numFmt') codes.set(Number(numFmtId), formatCode);
      if (name === 'cellXfs') isCellFormat = true;
      if (name === 'xf' && isCellFormat) kinds.push(kindOfFormat(Number(numFmtId), codes.get(Number(numFmtId))));
    },
    close(name) {
      if (name === 'cellXfs') isCellFormat = false;
    },
  });
  return kinds;
}

async function listen(archive: ZipArchive, name: string, listener: XmlListener): Promise<void> {
  const member = archive.member(name);
  if (member !== undefined) await listenToXml(await member.open(), listener);
}
