import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { TidemarkError } from '../../domain/errors.ts';
import { convertTable } from '../../steps/convert-table.ts';
import { runs } from '../run-command.ts';
import type { Terminal } from '../terminal.ts';

/** `convert`: any table file → clean UTF-8 CSV and notes; no contract needed. */
export function addConvertCommand(program: Command): void {
  const command = program
    .command('convert')
    .argument('<path>', 'a table file, or a folder of them')
    .description('any table file → clean UTF-8 CSV, one per table, with <name>.notes.json; no contract needed')
    .requiredOption('--out <dir>', 'folder to write to')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark convert 订单.csv --out clean\n  tidemark convert exports --out clean --json',
    );
  runs<[string], { out: string }>(command, async ({ terminal }, { out }, path) => {
    const files = await filesOf(path);
    let refused = 0;
    for (const [index, file] of files.entries()) {
      terminal.progress(`Converting ${index + 1} of ${files.length}: ${file}`);
      refused += (await convertOne(file, out, terminal)) ? 0 : 1;
    }
    terminal.progressDone();
    return refused === 0 ? 0 : 3;
  });
}

async function filesOf(path: string): Promise<string[]> {
  if (!statSync(path).isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(path, entry.name))
    .sort();
}

async function convertOne(file: string, out: string, terminal: Terminal): Promise<boolean> {
  try {
    const notes = await convertTable(file, out);
    terminal.document(notes);
    terminal.line(`${file}: ${notes.tables.length} table(s), ${notes.departures.length} note(s)`);
    return true;
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    terminal.document({ file, error: { message: error.message, where: error.where, next: error.next } });
    terminal.line(`${file}: ${terminal.color('refused', 'red')}: ${error.message}`);
    return false;
  }
}
