import type { Command } from 'commander';
import { composeErasure } from '../../compose-persons.ts';
import { UsageError } from '../../domain/errors.ts';
import type { EraseReport } from '../../steps/erase-person.ts';
import { runsOnLake } from '../run-command.ts';
import type { Terminal } from '../terminal.ts';

interface EraseFlags {
  readonly subject: string;
  readonly dryRun?: boolean;
}

/** `erase`: forgets one person everywhere. */
export function addEraseCommand(program: Command): void {
  const command = program
    .command('erase')
    .description('forget one person everywhere: raw files, rows, quarantine, marts, earlier releases; totals stay')
    .requiredOption('--subject <who>', 'phone, mail or account of the person; `-` reads it from standard input')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addHelpText('after', help);
  runsOnLake<[], EraseFlags>(command, async ({ tidemark, terminal }, { subject, dryRun = false }) => {
    const who = subject === '-' ? await fromStandardInput() : subject;
    if (who.trim() === '')
      throw new UsageError('--subject names nobody', { next: 'give a phone, a mail or an account' });
    const erase = composeErasure(tidemark);
    const onFile = (done: number, all: number) => terminal.progress(terminal.text('erasing', { done: done + 1, all }));
    const report = await erase(who.trim(), { dryRun, onFile });
    terminal.progressDone();
    terminal.document(report);
    print(report, terminal);
    return report.still_found.length === 0 ? 0 : 1;
  });
}

const help = `
A copy without the person takes each raw file's place; a tombstone says which. Whoever is delivered again counts, but is
named no more. Earlier releases that name the person are removed, on S3 with every version. Let no ingest run meanwhile.

Examples:
  tidemark erase --subject 13800000000 --dry-run
  tidemark erase --subject "+86 138-0000-0000"
  echo ann@example.com | tidemark erase --subject -`;

function print(report: EraseReport, terminal: Terminal): void {
  const { dry_run: isDry, files, releases_removed: releases, still_found: left } = report;
  const sum = (of: (file: EraseReport['files'][number]) => number) =>
    files.reduce((total, file) => total + of(file), 0);
  const emptied = { cells: sum(({ cells }) => cells), records: sum(({ records }) => records), files: files.length };
  terminal.say(isDry ? 'erase_would' : 'erased', emptied);
  for (const { source, kept, form, export: sha } of files) {
    const copied = form === 'clean_csv' ? 'erased_copy_csv' : 'erased_copy';
    const copy = terminal.text(kept === null ? 'erased_rows' : copied, { sha: kept?.slice(0, 12) ?? '' });
    terminal.line(`  ${source} ${sha.slice(0, 12)}: ${copy}`);
  }
  if (isDry) return;
  const { objects_removed: objects, versions_removed: versions } = report;
  terminal.say('erased_more', { releases: releases.length, objects, versions });
  if (left.length === 0) terminal.say('erased_nowhere');
  else terminal.line(terminal.color(terminal.text('erased_not', { places: left.join(', ') }), 'red'));
}

async function fromStandardInput(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin) text += String(piece);
  return text;
}
