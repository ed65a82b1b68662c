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
    const onFile = (done: number, all: number) => terminal.progress(`file ${done + 1} of ${all}`);
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
  const did = isDry ? 'Would empty' : 'Emptied';
  terminal.line(
    `${did} ${sum(({ cells }) => cells)} cells of ${sum(({ records }) => records)} records in ${files.length} files.`,
  );
  for (const { source, kept, form, export: sha } of files) {
    const copy =
      kept === null ? 'rows only' : `copy ${kept.slice(0, 12)}${form === 'clean_csv' ? ', as a clean CSV' : ''}`;
    terminal.line(`  ${source} ${sha.slice(0, 12)}: ${copy}`);
  }
  if (isDry) return;
  terminal.line(
    `Removed ${releases.length} earlier releases, ${report.objects_removed} objects and ${report.versions_removed} versions.`,
  );
  if (left.length === 0) terminal.line('A search of the whole lake finds nothing of the person.');
  else terminal.line(terminal.color(`Still named in ${left.join(', ')}: run the same command again.`, 'red'));
}

async function fromStandardInput(): Promise<string> {
  let text = '';
  for await (const piece of process.stdin) text += String(piece);
  return text;
}
