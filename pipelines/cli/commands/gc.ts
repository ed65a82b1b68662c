import type { Command } from 'commander';
import { runs } from '../run-command.ts';

/** `gc`: removes what no kept release, receipt or retention rule needs. */
export function addGcCommand(program: Command): void {
  const command = program
    .command('gc')
    .description('remove what no kept release, receipt or retention rule needs')
    .option('--dry-run', 'say what would go, and remove nothing')
    .addHelpText('after', '\nExamples:\n  tidemark gc --dry-run\n  tidemark gc');
  runs<[], { dryRun?: boolean }>(command, async ({ tidemark, terminal }, { dryRun = false }) => {
    const report = await tidemark.collectGarbage({ dryRun });
    terminal.document(report);
    const { removed, bytes, releases_kept } = report;
    terminal.line(
      `${dryRun ? 'Would remove' : 'Removed'} ${removed} objects, ${(bytes / 2 ** 20).toFixed(1)} MiB; ${releases_kept} releases kept.`,
    );
    return 0;
  });
}
