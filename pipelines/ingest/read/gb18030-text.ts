import { escapedByte, escapeLength } from '../parse/undecodable-bytes.ts';
import { WrongEncoding } from './wrong-encoding.ts';

/** A character takes at most so many bytes, here and in UTF-8. */
export const widestCharacter = 4;

const platform = new TextDecoder('gb18030', { fatal: true });

/** UTF-8 of each two-byte code, first byte lowest; 0 where there is no character. Made once, by the platform's own decoder. */
let twoByteCodes: Uint32Array | undefined;

/**
 * Turns GB18030 into UTF-8 without making strings in between, which takes twice as long. Agrees with the platform's decoder:
 * that one fills the table, and reads whatever does not stand in it.
 */
export class Gb18030Text {
  readonly #codes: Uint32Array;
  readonly #isDamaged: boolean;
  #read = 0;
  #written = 0;

  /** `isDamaged`: bytes of no character are escaped. */
  constructor(isDamaged = false) {
    this.#isDamaged = isDamaged;
    twoByteCodes ??= makeCodes();
    this.#codes = twoByteCodes;
  }

  /**
   * Writes the characters of a piece as UTF-8, as many as are whole and find room; bytes read and written.
   * @throws WrongEncoding
   */
  write(piece: Buffer, target: Buffer): { readonly read: number; readonly written: number } {
    this.#read = 0;
    this.#written = 0;
    do this.#writeAscii(piece, target);
    while (this.#writeCharacter(piece, target));
    return { read: this.#read, written: this.#written };
  }

  #writeAscii(piece: Buffer, target: Buffer): void {
    const end = Math.min(piece.length, this.#read + target.length - this.#written);
    let from = this.#read;
    let to = this.#written;
    while (from < end && (piece[from] as number) < 0x80) {
      target[to] = piece[from] as number;
      from += 1;
      to += 1;
    }
    this.#read = from;
    this.#written = to;
  }

  /** False where no whole character is left, or no room for one. */
  #writeCharacter(piece: Buffer, target: Buffer): boolean {
    const from = this.#read;
    const to = this.#written;
    if (from >= piece.length || to + widestCharacter > target.length) return false;
    const code = this.#codes[((piece[from] as number) << 8) | (piece[from + 1] ?? 0)] as number;
    if (code === 0) return this.#writeRare(piece, target);
    target[to] = code;
    target[to + 1] = code >> 8;
    target[to + 2] = code >> 16;
    this.#read = from + 2;
    this.#written = to + (code > 0xffff ? 3 : 2);
    return true;
  }

  #writeRare(piece: Buffer, target: Buffer): boolean {
    const end = this.#read + codeLength(piece, this.#read);
    if (end > piece.length) return false;
    const letter = decoded(piece.subarray(this.#read, end));
    if (letter === undefined) return this.#escape(piece, target);
    this.#written += target.write(letter, this.#written);
    this.#read = end;
    return true;
  }

  /** The bytes behind one that begins no character may begin one themselves. */
  #escape(piece: Buffer, target: Buffer): boolean {
    if (!this.#isDamaged) throw new WrongEncoding();
    target.set(escapedByte(piece[this.#read] as number), this.#written);
    this.#written += escapeLength;
    this.#read += 1;
    return true;
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return platform.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of a character that stands in no table: one, or four where a digit follows. Whether they mean any is left open. */
function codeLength(piece: Buffer, from: number): number {
  const first = piece[from];
  if (first === 0x80 || first === 0xff) return 1;
  const second = piece[from + 1] ?? 0;
  return second >= 0x30 && second <= 0x39 ? widestCharacter : 2;
}

function makeCodes(): Uint32Array {
  const codes = new Uint32Array(0x10000);
  for (let first = 0x81; first <= 0xfe; first += 1) {
    for (let second = 0x40; second <= 0xfe; second += 1) {
      const [a = 0, b = 0, c = 0, ...more] = utf8([first, second]);
      if (a >= 0x80 && more.length === 0) codes[(first << 8) | second] = a | (b << 8) | (c << 16);
    }
  }
  return codes;
}

function utf8(bytes: readonly number[]): Buffer {
  try {
    return Buffer.from(platform.decode(Uint8Array.from(bytes)));
  } catch {
    return Buffer.alloc(0);
  }
}
