import type { Detection } from '../detect/dialect.ts';
import { type EncodingFinding, EncodingProbe } from '../detect/encoding.ts';
import type { LandedFile, ReadRequest, Refusal } from '../ingest.ts';
import { exportBytes } from './export-bytes.ts';

/** Of so many records, one may be damaged. */
const mostShare = 20;

/** The encoding of a file by all of its bytes, after its beginning has proved misleading. */
export async function encodingOfWhole(file: LandedFile): Promise<EncodingFinding> {
  const probe = new EncodingProbe();
  for await (const bytes of exportBytes(file)) probe.push(bytes);
  return probe.finish();
}

/**
 * How a text may be read that holds bytes its encoding does not know: as what all of its bytes say, and, where the encoding is
 * certain, with the damaged records told from the others.
 */
export function doubtedReadings(
  { contract }: Pick<ReadRequest, 'contract'>,
  detection: Detection,
  whole: EncodingFinding,
): Detection[] {
  const { dialect } = detection;
  const isOther = whole.encoding === 'gb18030' && dialect.encoding !== 'gb18030';
  const read = isOther ? { ...detection, dialect: { ...dialect, encoding: whole.encoding } } : detection;
  const isSure = whole.encoding === read.dialect.encoding && whole.certainty !== 'assumed';
  // A letter of UTF-16 is two bytes: one that is lost shifts all that follow.
  const isKnown = (isSure || (!isOther && contract.files.encoding !== undefined)) && !isWide(read.dialect.encoding);
  return [...(isOther ? [read] : []), ...(isKnown ? [{ ...read, isDamaged: true }] : [])];
}

function isWide(encoding: string): boolean {
  return encoding.startsWith('utf-16');
}

/** Whether so few records cannot be decoded that the encoding is still certain. */
export function areFew(undecodable: number, records: number): boolean {
  return undecodable <= 1 || undecodable * mostShare <= records;
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
