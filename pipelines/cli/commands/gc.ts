import type { Command } from 'commander';
import { composeReleases } from '../../compose-releases.ts';
import { UsageError } from '../../domain/errors.ts';
import type { CompactReport } from '../../steps/compact-staged.ts';
import { runsOnLake } from '../run-command.ts';
import type { Terminal } from '../terminal.ts';

interface GcFlags {
  readonly dryRun?: boolean;
  readonly compact?: boolean;
}

/** `gc`: removes what no kept release, receipt or retention rule needs. */
export function addGcCommand(program: Command): void {
  const command = program
    .command('gc')
    .description('remove what no kept release, receipt or retention rule needs')
    .option('--dry-run', 'say what would go, and remove nothing')
    .option('--compact', 'first put many small staged files of past months together, so that builds read faster')
    .addHelpText('after', '\nExamples:\n  tidemark gc --dry-run\n  tidemark gc\n  tidemark gc --compact');
  runsOnLake<[], GcFlags>(command, async ({ tidemark, terminal }, { dryRun = false, compact = false }) => {
    if (dryRun && compact)
      throw new UsageError('--compact writes, and --dry-run writes nothing', { next: 'choose one' });
    const compacted = compact ? await composeReleases(tidemark).compact() : undefined;
    const report = await tidemark.collectGarbage({ dryRun });
    terminal.document({ ...report, ...(compacted && { compacted }) });
    if (compacted) sayCompaction(compacted, terminal);
    const size = (report.bytes / 2 ** 20).toFixed(1);
    const gone = { objects: report.removed, size, releases: report.releases_kept };
    terminal.say(dryRun ? 'gc_would' : 'gc_done', gone);
    return 0;
  });
}

function sayCompaction({ files_before: before, files_after: after }: CompactReport, terminal: Terminal): void {
  terminal.say(before === after ? 'compacted_none' : 'compacted', { before, after });
}
