import { isUtf8 } from 'node:buffer';

const lineFeed = 0x0a;
/** Stands in no UTF-8 text: what follows in the next two bytes is a byte of another encoding, half in each. */
const mark = 0xff;
/** Bytes of `escapedByte`. */
export const escapeLength = 3;

/** A byte that its encoding does not know, as UTF-8 text holds it: no reading of that can take it for a letter. */
export function escapedByte(byte: number): readonly [number, number, number] {
  return [mark, 0x80 | (byte >> 4), 0x80 | (byte & 0x0f)];
}

/** Offsets of the bytes that belong to no letter of UTF-8, ascending. */
export function undecodableOffsets(text: Buffer): number[] {
  const found: number[] = [];
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(lineFeed, start);
    const end = feed < 0 ? text.length : feed + 1;
    if (!isUtf8(text.subarray(start, end))) addOffsets(text, start, end, found);
    start = end;
  }
  return found;
}

function addOffsets(text: Buffer, start: number, end: number, found: number[]): void {
  for (let at = start; at < end; ) {
    const length = letterLength(text, at, end);
    if (length === 0) found.push(at);
    at += length || 1;
  }
}

/** Text for people: undecodable bytes are shown as `\xE5`. */
export function shownText(bytes: Buffer): string {
  let shown = '';
  for (let at = 0; at < bytes.length; ) {
    const length = letterLength(bytes, at, bytes.length);
    if (length > 0) {
      shown += bytes.toString('utf8', at, at + length);
      at += length;
      continue;
    }
    const isEscape = bytes[at] === mark && isHalf(bytes[at + 1]) && isHalf(bytes[at + 2]);
    const byte = isEscape ? (((bytes[at + 1] ?? 0) & 0x0f) << 4) | ((bytes[at + 2] ?? 0) & 0x0f) : (bytes[at] ?? 0);
    shown += `\\x${byte.toString(16).padStart(2, '0').toUpperCase()}`;
    at += isEscape ? escapeLength : 1;
  }
  return shown;
}

function isHalf(byte: number | undefined): boolean {
  return byte !== undefined && byte >> 4 === 0x8;
}

/** Bytes of the letter that begins at an offset; 0 where none does. */
function letterLength(text: Buffer, at: number, end: number): number {
  const lead = text[at] as number;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return at + length <= end && isUtf8(text.subarray(at, at + length)) ? length : 0;
}
