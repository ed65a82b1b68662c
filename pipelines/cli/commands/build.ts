import type { Command } from 'commander';
import type { BuildReport } from '../../steps/build-models.ts';
import type { EngineUsage } from '../../warehouse/build-session.ts';
import { type CommandContext, runs } from '../run-command.ts';
import type { Values } from '../words/words.ts';

interface BuildFlags {
  readonly full?: boolean;
  readonly select?: readonly string[];
}

/** `build`: staged rows → marts, only what changed. */
export function addBuildCommand(program: Command): void {
  const command = program
    .command('build')
    .description('bring the marts up to what was ingested: only what changed; says what was rebuilt and why')
    .option('--full', 'compute everything again')
    .option('--select <model>', 'compute this model again, and what reads it (repeatable)', collect)
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark build\n  tidemark build --full\n  tidemark build --select sales_daily',
    );
  runs<[], BuildFlags>(command, async (context, flags) => {
    const report = await buildMarts(context, flags);
    context.terminal.document(report);
    printBuild(report, context.terminal);
    return 0;
  });
}

/** Builds with progress. */
export async function buildMarts(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  wish: BuildFlags,
): Promise<BuildReport> {
  terminal.progress(terminal.text('building'));
  const report = await tidemark.build(wish, ({ model, built, because }) => {
    if (built !== 'nothing')
      terminal.progress(terminal.text('built_model', { model, because: terminal.phrase(because) }));
  });
  terminal.progressDone();
  return report;
}

function printBuild(report: BuildReport, terminal: CommandContext['terminal']): void {
  const rebuilt = report.models.filter((model) => model.built !== 'nothing');
  if (rebuilt.length > 0) {
    terminal.list(
      rebuilt.map(({ model, built, months, because, rows, usage }) => ({
        model,
        built: built === 'months' ? terminal.text('built_months', { months: months.length }) : terminal.term(built),
        because: terminal.phrase(because),
        rows,
        ...(usage && { scanned: bytesText(usage.scanned_bytes), cost: `$${usage.cost_usd.toFixed(4)}` }),
      })),
    );
  }
  const paid = [report.settling, ...report.models.map(({ usage }) => usage)].filter((usage) => usage !== undefined);
  if (paid.length > 0) terminal.say('athena_cost', costOf(paid));
  const release = { release: report.release, day: terminal.day(report.as_of) };
  terminal.say(report.is_new ? 'release_new' : 'release_same', release);
}

function costOf(paid: readonly EngineUsage[]): Values {
  const total = (of: (usage: EngineUsage) => number) => paid.reduce((sum, usage) => sum + of(usage), 0);
  const scanned = bytesText(total((usage) => usage.scanned_bytes));
  const cost = total((usage) => usage.cost_usd).toFixed(4);
  return { statements: total((usage) => usage.statements), scanned, cost };
}

function bytesText(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
