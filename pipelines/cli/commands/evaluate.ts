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
    const { failures } = await evaluateAndDeliver(context, options);
    return failures > 0 ? 3 : 0;
  });
}

/** Evaluates the current release and delivers what has not been delivered. @returns how many warnings are new, and how many series broke down. */
export async function evaluateAndDeliver(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  options: { readonly through?: string },
): Promise<{ readonly warnings: number; readonly failures: number }> {
  terminal.progress(terminal.text('judging'));
  const result = await tidemark.evaluate(options);
  terminal.progressDone();
  const deliveries = await tidemark.deliver((line) => terminal.line(line), terminal.colorful);
  terminal.document({ ...result, deliveries });
  terminal.say('judged', { warnings: result.warnings.length, day: terminal.day(result.through) });
  for (const { rule, channel_id, dimensions, reason } of result.failures) {
    const series = [channel_id, ...Object.values(dimensions)].join(' ');
    terminal.remark(terminal.text('not_judged', { rule, series, reason: terminal.phrase(reason) }));
  }
  for (const { where, reason, next } of result.damaged) terminal.remark(`Not judged: ${reason}: ${where}. ${next}.`);
  for (const { notifier, stopped } of deliveries) {
    if (stopped !== null)
      terminal.remark(terminal.text('delivery_stopped', { notifier, reason: terminal.phrase(stopped) }));
  }
  return { warnings: result.warnings.length, failures: result.failures.length + result.damaged.length };
}
