import { EncodingProbe } from '../detect/encoding.ts';
import type { LandedFile, Refusal } from '../ingest.ts';
import { exportBytes } from './export-bytes.ts';

/** The encoding of a file by all of its bytes, after its beginning has proved misleading. */
export async function encodingOfWhole(file: LandedFile): Promise<string> {
  const probe = new EncodingProbe();
  for await (const bytes of exportBytes(file)) probe.push(bytes);
  return probe.finish().encoding;
}

/** Refuses a file with bytes that its encoding does not know, and says where the first of them stand. */
export async function wrongEncoding(file: LandedFile, encoding: string): Promise<Refusal> {
  const line = await undecodableLine(file, encoding);
  const place = line === undefined ? '' : ` (first in line ${line})`;
  const next = 'Ask for it again, or let `tidemark convert` put U+FFFD in their place, and ingest what it wrote.';
  const text = `The file is written in ${encoding}, but holds bytes that are not${place}. ${next}`;
  return { kind: 'refused', reason: 'wrong_encoding', text };
}

/** The line in which the first bytes stand that an encoding does not know; undefined where there are none. */
async function undecodableLine(file: LandedFile, encoding: string): Promise<number | undefined> {
  const decoder = new TextDecoder(encoding);
  let lines = 1;
  for await (const bytes of exportBytes(file)) {
    const text = decoder.decode(bytes, { stream: true });
    const at = text.indexOf('\ufffd');
    lines += (at < 0 ? text : text.slice(0, at)).split('\n').length - 1;
    if (at >= 0) return lines;
  }
  return decoder.decode() === '' ? undefined : lines;
}
