import type { Command } from 'commander';
import type { Trace } from '../../steps/trace-cell.ts';
import { type CommandContext, runsOnLake } from '../run-command.ts';

/** `trace`: from a cell of a mart to the records behind it. */
export function addTraceCommand(program: Command): void {
  const command = program
    .command('trace')
    .argument('<mart>', 'sales_daily, traffic_daily, satisfaction_daily or kpi_daily')
    .description('the way home of a number: export files and the records in them that add up to the cell')
    .requiredOption('--where <condition>', "which cells, as SQL over the mart's columns")
    .addHelpText(
      'after',
      `
Examples:
  tidemark trace sales_daily --where "business_date = date '2026-10-31' and channel_id = 'jd'"
  tidemark trace kpi_daily --where "kpi_id = 'csat' and channel_id = 'all' and business_date = date '2026-10-31'" --json`,
    );
  runsOnLake<[string], { where: string }>(command, async ({ tidemark, terminal }, { where }, mart) => {
    terminal.progress(`Tracing ${mart} …`);
    const trace = await tidemark.trace(mart, where);
    terminal.progressDone();
    terminal.document(trace);
    if (trace.sums.length > 0) {
      terminal.table(trace.sums.map(({ cell, ...sums }) => ({ ...cell, ...sums })));
      terminal.table(trace.records.map(({ file, line, measure, amount }) => ({ file, record: line, measure, amount })));
    }
    printOutcome(trace, terminal);
    return trace.adds_up ? 0 : 1;
  });
}

function printOutcome(trace: Trace, terminal: CommandContext['terminal']): void {
  if (trace.gaps.length > 0) {
    terminal.table(trace.gaps.map(({ cell, ...gap }) => ({ ...cell, ...gap, records: 'none of its own' })));
    terminal.line(
      'Figures without records of their own count different things, customers say; no record is a share of them.',
    );
  }
  if (!trace.adds_up) {
    terminal.line(terminal.color('The records do NOT add up to what the mart states: run tidemark doctor.', 'red'));
  } else if (trace.sums.length > 0) {
    terminal.line(`${trace.records.length} records add up to what the mart states.`);
  } else if (trace.gaps.length === 0) terminal.line('No cell with records meets the condition.');
}
