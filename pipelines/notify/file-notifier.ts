import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Warning } from '../domain/alerting/warning.ts';
import type { Delivery, Notifier } from './notifier.ts';

/**
 * Appends warnings to an NDJSON file, each id once: a repeat after a kill is dropped, and so is the torn line that a kill
 * may leave at the end.
 */
export function createFileNotifier(file: string, name = 'outbox'): Notifier {
  let written: Promise<Set<string>> | undefined;
  return {
    name,
    async deliver(warning: Warning): Promise<Delivery> {
      try {
        written ??= mendedIds(file);
        const ids = await written;
        if (!ids.has(warning.id)) await append(file, `${JSON.stringify(warning)}\n`);
        ids.add(warning.id);
        return { outcome: 'sent' };
      } catch (error) {
        written = undefined;
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
        return { outcome: 'retry', reason: `cannot write ${file} (${code})` };
      }
    },
  };
}

/** Ids in the file; cuts a torn last line off, so that the next one begins on a line of its own. */
async function mendedIds(file: string): Promise<Set<string>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) {
    const handle = await open(file, 'r+');
    await handle.truncate(Buffer.byteLength(text.slice(0, end))).finally(() => handle.close());
  }
  const lines = text.slice(0, end).split('\n').filter(Boolean);
  return new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id));
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a');
  try {
    await handle.appendFile(line);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
