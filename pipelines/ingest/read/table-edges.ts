import { open } from 'node:fs/promises';
import type { Detection } from '../detect/dialect.ts';
import type { LandedFile, ReadOutcome } from '../ingest.ts';
import { isTotalWord } from '../parse/table-edge.ts';
import { exportBytes } from './export-bytes.ts';

/** What a table that was read from its first record to its last may hold beside its own records. */
const edgeNotes = new Set(['several_tables', 'repeated_header', 'total_row', 'footer']);

const tailBytes = 4096;
const lastLines = 4;

/**
 * Whether something in the file may be no record of the table: nothing that a clean export shows. Records that do not fit,
 * blank ones between others, or a word for a total near the end call for a closer look.
 */
export async function mayHoldEdges(file: LandedFile, detection: Detection, outcome: ReadOutcome): Promise<boolean> {
  if (outcome.rejected > 0 || outcome.notes.some(({ code }) => code === 'blank_records')) return true;
  const { encoding, delimiter } = detection.dialect;
  const text = new TextDecoder(encoding).decode(await tailOf(file));
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.slice(-lastLines).some((line) => {
    const cells = delimiter === '' ? line.split(/\s{2,}/) : line.split(delimiter);
    return isTotalWord(cells.map((cell) => cell.replace(/^["'\s]+|["'\s]+$/g, '')).find((cell) => cell !== '') ?? '');
  });
}

/** Whether the closer look has found any. */
export function holdsEdges({ notes }: Detection): boolean {
  return notes.some(({ code }) => edgeNotes.has(code));
}

async function tailOf(file: LandedFile): Promise<Uint8Array> {
  if (file.isGzip) {
    let tail = Buffer.alloc(0);
    for await (const piece of exportBytes(file)) tail = Buffer.concat([tail, piece]).subarray(-tailBytes);
    return tail;
  }
  const handle = await open(file.path);
  try {
    // From an even place, or text of two bytes per letter would be read askew.
    const from = Math.max(0, file.bytes - tailBytes) & ~1;
    const tail = Buffer.alloc(file.bytes - from);
    await handle.read(tail, 0, tail.length, from);
    return tail;
  } finally {
    await handle.close();
  }
}
