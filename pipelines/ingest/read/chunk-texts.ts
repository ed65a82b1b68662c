import type { Mend } from '../parse/mended-text.ts';
import { shownText } from '../parse/undecodable-bytes.ts';
import { recordTexts, type ScanMarks } from './record-texts.ts';
import type { TextChunk } from './text-chunks.ts';

/** Wanted records of a chunk as they stand in the file. `lines`: their ordinals in the file, ascending. */
export function chunkTexts(
  { source, mended, firstLine }: Pick<TextChunk, 'source' | 'mended' | 'firstLine'>,
  marks: ScanMarks,
  lines: readonly number[],
): string[] {
  if (lines.length === 0) return [];
  const wanted = lines.map((line) => line - firstLine);
  const found: string[] = [];
  let [start, ordinal, at] = [0, 0, 0];
  const takeBefore = (end: number, next: number): void => {
    const within: number[] = [];
    for (; at < wanted.length && (wanted[at] as number) < next; at += 1) within.push((wanted[at] as number) - ordinal);
    if (within.length > 0) found.push(...recordTexts(source.subarray(start, end), marks, within));
  };
  for (const mend of mended.mends()) {
    takeBefore(mend.start, mend.ordinal);
    if (isRecord(mend) && wanted[at] === mend.ordinal) {
      found.push(textOf(source.subarray(mend.start, mend.rawEnd), mend));
      at += 1;
    }
    [start, ordinal] = [mend.end, mend.ordinal + (isRecord(mend) ? 1 : 0)];
  }
  takeBefore(source.length, Number.POSITIVE_INFINITY);
  return found;
}

function textOf(bytes: Buffer, { kind }: Mend): string {
  return kind === 'undecodable' ? shownText(bytes) : bytes.toString('utf8');
}

function isRecord({ kind }: Mend): boolean {
  return kind !== 'empty_line';
}
