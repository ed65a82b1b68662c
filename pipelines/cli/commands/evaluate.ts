import type { Command } from 'commander';
import { isoDate } from '../option-values.ts';
import { type CommandContext, runsOnLake } from '../run-command.ts';

/** `evaluate`: thresholds → states → warnings, delivered. */
export function addEvaluateCommand(program: Command): void {
  const command = program
    .command('evaluate')
    .description('judge every closed period that is new or changed, and deliver the warnings')
    .option('--through <date>', 'last day to judge (ISO date); default: the newest business date', isoDate)
    .addHelpText('after', '\nExamples:\n  tidemark evaluate\n  tidemark evaluate --through 2026-10-31 --lang zh');
  runsOnLake<[], { through?: string }>(command, async (context, options) => {
    await evaluateAndDeliver(context, options);
    return 0;
  });
}

/** Evaluates the current release and delivers what has not been delivered. @returns number of new warnings. */
export async function evaluateAndDeliver(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  options: { readonly through?: string },
): Promise<number> {
  terminal.progress('Judging KPIs …');
  const result = await tidemark.evaluate(options);
  terminal.progressDone();
  const deliveries = await tidemark.deliver((line) => terminal.line(line), terminal.colorful);
  terminal.document({ ...result, deliveries });
  terminal.line(`${result.warnings.length} new warnings; judged through ${result.through ?? 'no day yet'}.`);
  for (const { notifier, stopped } of deliveries) {
    if (stopped !== null)
      terminal.remark(`Delivery to ${notifier} stopped: ${stopped}. It goes on with the next evaluate.`);
  }
  return result.warnings.length;
}
