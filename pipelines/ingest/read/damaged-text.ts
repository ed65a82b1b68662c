import { escapedByte } from '../parse/undecodable-bytes.ts';

/** Undefined for bytes that are no text. */
type Decode = (bytes: Buffer) => string | undefined;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** A letter of the encodings of two bytes and more has so many at most. */
const widestLetter = 4;

/**
 * Text in another encoding than UTF-8, of which some bytes are of no letter, as UTF-8: those are escaped. A line feed is a letter
 * of its own in all of these encodings, so that damage ends with its line.
 */
export async function* damagedText(pieces: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decode = strictly(encoding);
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const all = Buffer.concat([rest, piece]);
    const end = Math.max(all.lastIndexOf(lineFeed), all.lastIndexOf(carriageReturn)) + 1;
    yield* wholeLines(all.subarray(0, end), decode);
    rest = all.subarray(end);
  }
  yield* wholeLines(rest, decode);
}

function* wholeLines(text: Buffer, decode: Decode): Generator<Buffer> {
  const whole = decode(text);
  if (whole !== undefined) {
    yield Buffer.from(whole);
    return;
  }
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(lineFeed, start);
    const end = feed < 0 ? text.length : feed + 1;
    const line = text.subarray(start, end);
    const sound = decode(line);
    yield sound === undefined ? escapedLine(line, decode) : Buffer.from(sound);
    start = end;
  }
}

function escapedLine(line: Buffer, decode: Decode): Buffer {
  const letters: Uint8Array[] = [];
  for (let at = 0; at < line.length; ) {
    const { bytes, letter } = letterAt(line, at, decode);
    letters.push(letter === undefined ? Uint8Array.from(escapedByte(line[at] as number)) : Buffer.from(letter));
    at += bytes;
  }
  return Buffer.concat(letters);
}

/** The letter that begins at an offset, none where its bytes are of no letter. */
function letterAt(line: Buffer, at: number, decode: Decode): { bytes: number; letter: string | undefined } {
  for (let bytes = 1; bytes <= widestLetter && at + bytes <= line.length; bytes += 1) {
    const letter = decode(line.subarray(at, at + bytes));
    if (letter !== undefined) return { bytes, letter };
  }
  return { bytes: 1, letter: undefined };
}

function strictly(encoding: string): Decode {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}
