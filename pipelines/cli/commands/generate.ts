import type { Command } from 'commander';
import { generateDefaults } from '../../steps/generate-exports.ts';
import { isoDate, wholeNumber } from '../option-values.ts';
import { runs } from '../run-command.ts';

interface GenerateFlags {
  readonly out: string;
  readonly orders: number;
  readonly days: number;
  readonly to: string;
  readonly seed: number;
}

/** `generate`: example exports of a fictional company, and what was planted in them. */
export function addGenerateCommand(program: Command): void {
  const command = program
    .command('generate')
    .description(
      'write example exports of a fictional company in the formats of real platforms, with planted incidents',
    )
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--orders <n>', 'orders in all channels together', wholeNumber, generateDefaults.orders)
    .option('--days <n>', 'days of history', wholeNumber, generateDefaults.days)
    .option('--to <date>', 'last day', isoDate, generateDefaults.to)
    .option('--seed <n>', 'same options and seed, same bytes', wholeNumber, generateDefaults.seed)
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark generate --out exports\n  tidemark generate --out exports --orders 1000000 --days 1095 --seed 7',
    );
  runs<[], GenerateFlags>(command, async ({ tidemark, terminal }, { out, ...options }) => {
    const result = await tidemark.generate(out, options, (done) => {
      terminal.progress(terminal.text('writing_exports', { percent: Math.round(done * 100) }));
    });
    terminal.progressDone();
    terminal.document({ out, ...result });
    const { files, orders, lines } = result;
    terminal.say('exports_written', { files, orders, lines, folder: out });
    terminal.list(
      result.planted.incidents.map(({ kind, kpi_id, channel_id, from, to, expect }) => ({
        kind,
        kpi_id,
        channel_id,
        from,
        to,
        expect,
      })),
    );
    return 0;
  });
}
