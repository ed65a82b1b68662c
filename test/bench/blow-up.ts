import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

/**
 * Repeats the records of a file until it has `lines` of them; `distinguish` gives each copy's records keys of their own.
 * Works on bytes as latin1, so that any encoding passes through unchanged.
 */
export async function blowUp(
  from: string,
  to: string,
  options: { readonly lines: number; distinguish(record: string, copy: number): string },
): Promise<number> {
  const text = (await readFile(from)).toString('latin1');
  const end = text.indexOf('\n') + 1;
  const records = text
    .slice(end)
    .split('\n')
    .filter((record) => record !== '' && record !== '\r');
  const out = createWriteStream(to, { encoding: 'latin1' });
  out.write(text.slice(0, end), 'latin1');
  let written = 0;
  for (let copy = 0; written < options.lines; copy++) {
    const part = records.slice(0, options.lines - written).map((record) => options.distinguish(record, copy));
    written += part.length;
    if (!out.write(`${part.join('\n')}\n`, 'latin1')) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return written;
}
