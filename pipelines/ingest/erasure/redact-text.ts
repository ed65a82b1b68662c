import { open } from 'node:fs/promises';
import { RecordReader, type TableRecord } from '../parse/record-reader.ts';
import { type ByteLine, byteLines, type Edit, editedBytes } from './byte-lines.ts';
import type { PersonalLayout } from './personal-layout.ts';
import type { RecordRedactor } from './record-redactor.ts';

/** What was taken out of a text. */
export interface Redaction {
  readonly records: number;
  readonly cells: number;
}

/** Records that are judged at once. */
const batchRecords = 10_000;

/** Writes a text again without what names the persons; every other byte stays as it is. */
export async function redactText(
  pieces: AsyncIterable<Uint8Array>,
  {
    layout,
    redactor,
    target,
  }: { readonly layout: PersonalLayout; readonly redactor: RecordRedactor; readonly target: string },
): Promise<Redaction> {
  const output = await open(target, 'w', 0o600);
  try {
    const writer = new TextRedaction(layout, redactor, (bytes) => output.writeFile(bytes));
    for await (const line of byteLines(pieces, layout.dialect)) await writer.push(line);
    await writer.end();
    return { records: writer.records, cells: writer.cells };
  } finally {
    await output.close();
  }
}

/** Cuts lines into records as ingest does, and keeps track of where in the text each record stands. */
class TextRedaction {
  records = 0;
  cells = 0;
  readonly #layout: PersonalLayout;
  readonly #redactor: RecordRedactor;
  readonly #write: (bytes: Buffer) => Promise<void>;
  readonly #reader: RecordReader;
  readonly #lines: ByteLine[] = [];
  /** What has to go from the lines that are not written yet, in order. */
  readonly #edits: Edit[] = [];
  /** Text of the records that are not placed yet, and where it starts. */
  #text = '';
  #position = 0;
  #waiting: TableRecord[] = [];

  constructor(layout: PersonalLayout, redactor: RecordRedactor, write: (bytes: Buffer) => Promise<void>) {
    this.#layout = layout;
    this.#redactor = redactor;
    this.#write = write;
    this.#reader = new RecordReader(layout.dialect, { width: layout.width });
  }

  async push(line: ByteLine): Promise<void> {
    this.#lines.push(line);
    const isMarked = line.start === 0 && line.text.startsWith('\ufeff');
    if (isMarked) this.#position = 1;
    const text = isMarked ? line.text.slice(1) : line.text;
    this.#text += text;
    for (const record of this.#reader.push(text)) this.#waiting.push(record);
    if (this.#waiting.length >= batchRecords) await this.#settle();
  }

  async end(): Promise<void> {
    for (const record of this.#reader.end()) this.#waiting.push(record);
    await this.#settle();
    await this.#flush(Number.POSITIVE_INFINITY);
  }

  async #settle(): Promise<void> {
    const records = this.#waiting;
    this.#waiting = [];
    const removals = await this.#redactor.removals(records);
    let at = 0;
    for (const [index, { raw }] of records.entries()) {
      const start = this.#position + at;
      const own = removals[index] ?? [];
      if (own.length > 0) this.records += 1;
      this.cells += own.length;
      for (const span of own) this.#edits.push({ start: start + span.start, end: start + span.end, text: span.text });
      at = this.#behind(at, raw);
    }
    this.#text = this.#text.slice(at);
    this.#position += at;
    await this.#flush(this.#position);
  }

  /** Index behind a record and its line end. */
  #behind(at: number, raw: string): number {
    if (!this.#text.startsWith(raw, at)) throw new Error('records do not follow the text that they were cut from');
    const end = at + raw.length;
    if (this.#text.startsWith('\r\n', end)) return end + 2;
    return this.#text[end] === '\n' || this.#text[end] === '\r' ? end + 1 : end;
  }

  /** Writes the lines that end before a place: every record in them is settled. */
  async #flush(until: number): Promise<void> {
    const open = this.#lines.findIndex((line) => endOf(line) > until);
    const finished = open < 0 ? this.#lines.splice(0) : this.#lines.splice(0, open);
    const pieces = finished.map((line) => {
      const [first] = this.#edits;
      if (first === undefined || first.start >= endOf(line)) return line.bytes;
      const edited = editedBytes(line, this.#edits, this.#layout.dialect.encoding);
      while (this.#edits[0] !== undefined && this.#edits[0].end <= endOf(line)) this.#edits.shift();
      return edited;
    });
    if (pieces.length > 0) await this.#write(Buffer.concat(pieces));
  }
}

function endOf({ start, text }: ByteLine): number {
  return start + text.length;
}
