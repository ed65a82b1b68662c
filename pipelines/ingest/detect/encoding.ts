import { isUtf8 } from 'node:buffer';

/** An encoding that the sample allows, and how sure that is. */
export interface EncodingFinding {
  /** WHATWG label. */
  readonly encoding: string;
  readonly bom: boolean;
  /** `proved`: a mark or strict UTF-8; `likely`: decodable and plausible; `assumed`: the least bad of several. */
  readonly certainty: 'proved' | 'likely' | 'assumed';
}

const marks: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Finds the encoding of a file from its first bytes. */
export function detectEncoding(sample: Uint8Array): EncodingFinding {
  for (const [encoding, bytes] of marks) {
    if (bytes.every((byte, at) => sample[at] === byte)) return { encoding, bom: true, certainty: 'proved' };
  }
  if (isUtf8(sample.subarray(0, wholeCharacters(sample))))
    return { encoding: 'utf-8', bom: false, certainty: 'proved' };
  return { encoding: 'gb18030', bom: false, certainty: 'assumed' };
}

/** Length of the sample without a UTF-8 character that its end cuts. */
function wholeCharacters(sample: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= sample.length; back += 1) {
    const byte = sample[sample.length - back] ?? 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? sample.length - back : sample.length;
    if (byte < 0x80) return sample.length;
  }
  return sample.length;
}
