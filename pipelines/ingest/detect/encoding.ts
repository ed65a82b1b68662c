import { isAscii, isUtf8 } from 'node:buffer';
import { legacyTexts, lettersBeyondAscii } from './text-plausibility.ts';

/** The encoding of a file, and how sure that is. */
export interface EncodingFinding {
  /** WHATWG label. */
  readonly encoding: string;
  readonly bom: boolean;
  /** `proved`: a mark, or strict UTF-8; `likely`: decodable, and clearly text; `assumed`: the least bad of several. */
  readonly certainty: 'proved' | 'likely' | 'assumed';
}

const marks: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
/** Bytes around the first ones beyond ASCII that legacy encodings are judged by. */
const judgedBytes = 1 << 15;
const likelyFrom = 0.45;
const likelyMargin = 0.12;
/** Characters that have to be whole before broken ones among them count as damage. */
const fewestWhole = 8;

/** Finds the encoding of a file whose bytes pass by once, whole: UTF-8 is proved to the last byte, or not claimed. */
export class EncodingProbe {
  readonly #utf8 = new Utf8Check();
  #head = new Uint8Array(0);
  #sample: Uint8Array | undefined;

  push(bytes: Uint8Array): void {
    if (this.#head.length < judgedBytes) this.#head = joined(this.#head, bytes.subarray(0, judgedBytes));
    this.#utf8.push(bytes);
    if (this.#sample === undefined && !isAscii(bytes)) this.#sample = beyondAscii(bytes);
    else if (this.#sample !== undefined && this.#sample.length < judgedBytes) {
      this.#sample = joined(this.#sample, bytes.subarray(0, judgedBytes));
    }
  }

  finish(): EncodingFinding {
    const marked = markedEncoding(this.#head);
    if (marked !== undefined) return { encoding: marked, bom: true, certainty: 'proved' };
    const wide = wideEncoding(this.#head);
    if (wide !== undefined) return { encoding: wide, bom: false, certainty: 'likely' };
    if (this.#utf8.isValid()) return { encoding: 'utf-8', bom: false, certainty: 'proved' };
    const sample = this.#sample ?? this.#head;
    if (isDamaged(sample, 'utf-8')) return { encoding: 'utf-8', bom: false, certainty: 'likely' };
    const strict = judgeLegacy(sample, strictText);
    if (strict.certainty === 'likely') return strict;
    const damaged = judgeLegacy(sample, damagedText);
    return damaged.certainty === 'likely' ? damaged : strict;
  }
}

/** Finds the encoding from the first bytes of a file alone; what follows may still prove it wrong. */
export function detectEncoding(sample: Uint8Array): EncodingFinding {
  const probe = new EncodingProbe();
  probe.push(sample);
  return probe.finish();
}

/** What is left to find out where somebody who knows has said the encoding. */
export function statedEncoding(encoding: string, sample: Uint8Array): EncodingFinding {
  return { encoding, bom: markedEncoding(sample) !== undefined, certainty: 'proved' };
}

function markedEncoding(head: Uint8Array): string | undefined {
  return marks.find(([, mark]) => mark.every((byte, at) => head[at] === byte))?.[0];
}

/** Strict UTF-8 over a stream; a character that the end of the stream cuts is let pass. */
class Utf8Check {
  #isValid = true;
  #rest = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    if (!this.#isValid) return;
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const whole = all.length - cutCharacter(all);
    this.#isValid = isUtf8(all.subarray(0, whole));
    this.#rest = all.slice(whole);
  }

  isValid(): boolean {
    return this.#isValid;
  }
}

/** Number of bytes at the end that begin a UTF-8 character without ending it. */
function cutCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < characterLength(byte) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function characterLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** From the line of the first byte beyond ASCII on. A line feed is a character of its own in every encoding judged here. */
function beyondAscii(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte >= 0x80);
  const line = bytes.lastIndexOf(0x0a, first) + 1;
  return bytes.slice(line, line + judgedBytes);
}

/** UTF-16 without a mark: delimiters, digits and line ends leave zeros at every other place, and nowhere else. */
function wideEncoding(head: Uint8Array): string | undefined {
  const zeros = [0, 0];
  for (let at = 0; at < head.length; at += 1) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const enough = Math.max(2, head.length * 0.02);
  if (odd >= enough && even * 20 < odd) return 'utf-16le';
  if (even >= enough && odd * 20 < even) return 'utf-16be';
  return undefined;
}

/**
 * Text of which some bytes are broken: nearly every character beyond ASCII is whole. Of UTF-8 that is proof enough: text of
 * another encoding holds few sequences that happen to be UTF-8.
 */
function isDamaged(sample: Uint8Array, encoding: string): boolean {
  const beyond = new TextDecoder(encoding).decode(sample, { stream: true }).match(/[^\0-\x7f]/gu) ?? [];
  const broken = beyond.filter((letter) => letter === '\ufffd').length;
  return beyond.length - broken >= fewestWhole && broken * 10 <= beyond.length - broken;
}

/** The most plausible of the encodings that can decode the sample at all; sure where another reading is much worse. */
function judgeLegacy(sample: Uint8Array, decode: typeof strictText): EncodingFinding {
  const judged: { encoding: string; text: string; worth: number }[] = [];
  for (const { encoding, plausibility } of legacyTexts) {
    const text = decode(sample, encoding);
    const letters = text === undefined ? [] : lettersBeyondAscii(text);
    if (text !== undefined && letters.length > 0) judged.push({ encoding, text, worth: plausibility(letters) });
  }
  judged.sort((one, other) => other.worth - one.worth);
  const [best] = judged;
  if (best === undefined) return { encoding: 'gb18030', bom: false, certainty: 'assumed' };
  const rival = judged.find(({ text }) => text !== best.text)?.worth ?? 0;
  const isClear = best.worth >= likelyFrom && best.worth - rival >= likelyMargin;
  return { encoding: best.encoding, bom: false, certainty: isClear ? 'likely' : 'assumed' };
}

/** Text of a sample with a few broken characters: each is held against the encoding. */
function damagedText(sample: Uint8Array, encoding: string): string | undefined {
  return isDamaged(sample, encoding) ? new TextDecoder(encoding).decode(sample, { stream: true }) : undefined;
}

function strictText(sample: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(sample, { stream: true });
  } catch {
    return undefined;
  }
}
