/** A physical line as it lies in the file, its end included. */
export interface ByteLine {
  readonly bytes: Buffer;
  readonly text: string;
  /** Where the line starts, in characters of the whole text. */
  readonly start: number;
}

/** Characters `start` to `end` of the whole text, and what takes their place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  /** ASCII only: it is written in whatever encoding the file has. */
  readonly text: string;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Cuts bytes into physical lines without changing any of them. Line ends are single bytes in every encoding that exports
 * come in, and never part of another character, except in UTF-16, where they are pairs.
 */
export async function* byteLines(
  pieces: AsyncIterable<Uint8Array>,
  { encoding, newline }: { readonly encoding: string; readonly newline: string },
): AsyncGenerator<ByteLine> {
  const end = newline === '\r' ? carriageReturn : lineFeed;
  const unit = encoding.startsWith('utf-16') ? encoding : undefined;
  let held = Buffer.alloc(0);
  let start = 0;
  const line = (bytes: Buffer): ByteLine => {
    const text = decoderFor(encoding).decode(bytes);
    const found = { bytes, text, start };
    start += text.length;
    return found;
  };
  for await (const piece of pieces) {
    held = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, piece]);
    let from = 0;
    for (let after = lineEnd(held, from, end, unit); after > 0; after = lineEnd(held, from, end, unit)) {
      yield line(held.subarray(from, after));
      from = after;
    }
    held = held.subarray(from);
  }
  if (held.length > 0) yield line(held);
}

/** Offset behind the next line end; -1 where there is none yet. */
function lineEnd(bytes: Buffer, from: number, end: number, unit: string | undefined): number {
  if (unit === undefined) return bytes.indexOf(end, from) + 1 || -1;
  const pair = unit === 'utf-16be' ? [0, end] : [end, 0];
  for (let at = from; at + 1 < bytes.length; at += 2)
    if (bytes[at] === pair[0] && bytes[at + 1] === pair[1]) return at + 2;
  return -1;
}

/** The line's bytes with the edits that lie in it; every byte outside them stays as it is. */
export function editedBytes(line: ByteLine, edits: readonly Edit[], encoding: string): Buffer {
  const end = line.start + line.text.length;
  const own = edits.filter((edit) => edit.start < end && edit.end > line.start).sort((a, b) => a.start - b.start);
  if (own.length === 0) return line.bytes;
  const offsets = byteOffsets(line.bytes, encoding);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const edit of own) {
    const start = offsets[Math.max(0, edit.start - line.start)] ?? 0;
    const after = offsets[Math.min(line.text.length, edit.end - line.start)] ?? line.bytes.length;
    pieces.push(line.bytes.subarray(from, Math.max(from, start)));
    // What goes over several lines is written once, in the first.
    if (edit.start >= line.start) pieces.push(encoded(edit.text, encoding));
    from = Math.max(from, after);
  }
  return Buffer.concat([...pieces, line.bytes.subarray(from)]);
}

/** Offset of each character of a line, found by decoding it byte by byte; only lines that change pay for that. */
function byteOffsets(bytes: Buffer, encoding: string): number[] {
  const decoder = decoderFor(encoding);
  const offsets = [0];
  for (let at = 0; at < bytes.length; at += 1) {
    const letters = decoder.decode(bytes.subarray(at, at + 1), { stream: true }).length;
    for (let count = 0; count < letters; count += 1) offsets.push(at + 1);
  }
  return offsets;
}

function encoded(text: string, encoding: string): Buffer {
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? Buffer.from(text, 'utf16le').swap16() : Buffer.from(text, 'latin1');
}

/** Keeps a byte order mark as a character, so that every byte belongs to one. */
function decoderFor(encoding: string) {
  return new TextDecoder(encoding, { ignoreBOM: true });
}
