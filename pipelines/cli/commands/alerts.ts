import type { Command } from 'commander';
import { isoDate } from '../option-values.ts';
import { runsOnLake } from '../run-command.ts';
import { addAlertsWork } from './alerts-work.ts';

/** `alerts`: the warnings and their history. */
export function addAlertsCommand(program: Command): void {
  const alerts = program.command('alerts').description('the warnings and their history');
  const list = alerts
    .command('list')
    .description('every warning ever raised, unless filtered')
    .option('--open', 'only troubles that are not over')
    .option('--since <date>', 'only periods from this day on (ISO date)', isoDate)
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark alerts list --open\n  tidemark alerts list --since 2026-10-01 --json',
    );
  runsOnLake<[], { open?: boolean; since?: string }>(list, async ({ tidemark, terminal }, filter) => {
    const warnings = await tidemark.warnings(filter);
    for (const warning of warnings) terminal.document(warning);
    if (warnings.length === 0) terminal.say('no_warnings');
    else {
      terminal.list(
        warnings.map(({ id, period, severity, state, text }) => ({
          ...{
            period,
            severity: terminal.term(severity),
            state: terminal.term(state),
            what: text[terminal.language],
            id,
          },
        })),
      );
    }
    return 0;
  });
  addAlertsWork(alerts);
}
