import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { Tidemark } from '../../compose.ts';
import { TidemarkError, UsageError } from '../../domain/errors.ts';
import { convertTable } from '../../steps/convert-table.ts';
import { runs } from '../run-command.ts';
import type { Terminal } from '../terminal.ts';

/** `convert`: any table file → clean UTF-8 CSV and notes; no contract needed. */
export function addConvertCommand(program: Command): void {
  const command = program
    .command('convert')
    .argument('<path>', 'a table file, or a folder of them and of folders')
    .description('any table file → clean UTF-8 CSV, one per table, with <name>.notes.json; no contract needed')
    .requiredOption('--out <dir>', 'folder to write to')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark convert 订单.csv --out clean\n  tidemark convert exports --out clean --json',
    );
  runs<[string], { out: string }>(command, async ({ tidemark, terminal }, { out }, path) => {
    const root = (await stat(path).catch(() => undefined))?.isDirectory() ? path : dirname(path);
    const files = await filesOf(path, out, tidemark);
    let refused = 0;
    for (const [index, file] of files.entries()) {
      terminal.progress(`Converting ${index + 1} of ${files.length}: ${file}`);
      refused += (await convertOne(file, join(out, dirname(relative(root, file))), terminal)) ? 0 : 1;
    }
    terminal.progressDone();
    return refused === 0 ? 0 : 3;
  });
}

/** What was written by an earlier run into a folder within this one is no input. */
async function filesOf(path: string, out: string, tidemark: Tidemark): Promise<string[]> {
  const files = await tidemark.findExports([path]);
  const kept = files.filter((file) => !resolve(file).startsWith(resolve(out) + sep) || resolve(out) === resolve(path));
  if (kept.length > 0) return kept;
  throw new UsageError('there are no files to convert', { where: path, next: 'name a folder that holds table files' });
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
