import type { Command } from 'commander';
import type { Receipt } from '../../domain/receipt.ts';
import { type CommandContext, runs } from '../run-command.ts';

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
    onProgress: (file, records) => terminal.progress(`Reading ${file}: ${records.toLocaleString('en')} records`),
    onKey: (file) => terminal.remark(keyRemark(file)),
  });
  for await (const receipt of stream) {
    receipts.push(receipt);
    terminal.progress(`${receipts.length} files read; last ${receipt.file}: ${receipt.status}`);
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

export function printReceipt(receipt: Receipt, terminal: CommandContext['terminal']): void {
  const { file, source, status, rows_in, accepted, rejected, repeated } = receipt;
  const style = status === 'refused' ? 'red' : status === 'partial' ? 'yellow' : 'green';
  terminal.progressDone();
  terminal.line(
    `${terminal.color(status.padEnd(9), style)} ${file} (${source}): ${rows_in} rows = ${accepted} accepted + ${rejected} quarantined + ${repeated} repeats`,
  );
  for (const { reason, count, example_line } of receipt.reasons) {
    terminal.line(`          ${count} × ${reason}, first in record ${example_line}`);
  }
  if (status !== 'duplicate')
    for (const { code, text } of receipt.notes) if (code !== 'encoding') terminal.line(`          ${text}`);
  if (status === 'refused') terminal.line('          The file is kept. Next: tidemark contract infer FILE');
}

function keyRemark(file: string): string {
  return `Made a key for pseudonyms: ${file}\nKeep it: without it the same customers get new pseudonyms, and their history splits in two.`;
}
