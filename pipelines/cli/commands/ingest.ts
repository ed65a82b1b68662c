import type { Command } from 'commander';
import type { Receipt } from '../../domain/receipt.ts';
import { type CommandContext, runs } from '../run-command.ts';
import { padded } from '../table-widths.ts';

/** `ingest`: files or folders → staged rows, one receipt per file. */
export function addIngestCommand(program: Command): void {
  const command = program
    .command('ingest')
    .argument('<paths...>', 'export files, or folders of them')
    .description('read exports into the lake: typed rows, quarantine with reasons, one receipt per file')
    .option('--source <id>', 'contract that reads the files, instead of the one that fits their header')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark ingest exports\n  tidemark ingest 订单.csv --source tmall_orders --json',
    );
  runs<[string[]], { source?: string }>(command, async (context, options, paths) => {
    const receipts = await ingestPaths(context, paths, options);
    return receipts.some(isRefused) ? 3 : 0;
  });
}

/** Ingests with progress; prints each receipt as it is written. */
export async function ingestPaths(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  paths: readonly string[],
  options: { readonly source?: string; readonly quiet?: boolean },
): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  const stream = tidemark.ingest(paths, {
    ...(options.source === undefined ? {} : { source: options.source }),
    onProgress: (file, records) => terminal.progress(terminal.text('reading', { file, records })),
    onKey: (file) => terminal.remark(`${terminal.text('key_made', { file })}\n${terminal.text('key_kept')}`),
  });
  for await (const receipt of stream) {
    receipts.push(receipt);
    const read = { files: receipts.length, file: receipt.file, status: terminal.term(receipt.status) };
    terminal.progress(terminal.text('files_read', read));
    if (options.quiet !== true) terminal.document(receipt);
    if (options.quiet !== true || isRefused(receipt)) printReceipt(receipt, terminal);
  }
  terminal.progressDone();
  return receipts;
}

/** True where some of the file was refused or quarantined. */
export function isRefused(receipt: Receipt): boolean {
  return receipt.status === 'refused' || receipt.status === 'partial';
}

/** As wide as a status and a blank. */
const indent = ' '.repeat(10);

export function printReceipt(receipt: Receipt, terminal: CommandContext['terminal']): void {
  const { status } = receipt;
  const style = status === 'refused' ? 'red' : status === 'partial' ? 'yellow' : 'green';
  terminal.progressDone();
  const { file, source, rows_in: rows, accepted, rejected, repeated } = receipt;
  const counts = terminal.text('receipt', { file, source, rows, accepted, rejected, repeated });
  terminal.line(`${terminal.color(padded(terminal.term(status), 9), style)} ${counts}`);
  for (const { reason, count, example_line } of receipt.reasons) {
    const seen = { count, reason: terminal.phrase(reason), line: example_line };
    terminal.line(`${indent}${terminal.text('receipt_reason', seen)}`);
  }
  if (status !== 'duplicate')
    for (const { code, text } of receipt.notes)
      if (code !== 'encoding') terminal.line(`${indent}${terminal.phrase(text)}`);
  if (status === 'refused') terminal.line(`${indent}${terminal.text('receipt_refused')}`);
}
