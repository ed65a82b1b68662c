import type { Command } from 'commander';
import { composeQuarantine } from '../../compose-quarantine.ts';
import { runsOnLake } from '../run-command.ts';
import { isRefused, printReceipt } from './ingest.ts';

/** `quarantine list|show|replay`: what was not accepted, why, and the way back in. */
export function addQuarantineCommand(program: Command): void {
  const quarantine = program.command('quarantine').description('what was not accepted, why, and the way back in');
  addList(quarantine);
  addShow(quarantine);
  addReplay(quarantine);
}

function addList(quarantine: Command): void {
  const list = quarantine
    .command('list')
    .description('files of which something was refused or quarantined')
    .addHelpText('after', '\nExample:\n  tidemark quarantine list');
  runsOnLake(list, async ({ tidemark, terminal }) => {
    const receipts = await composeQuarantine(tidemark).list();
    for (const receipt of receipts) {
      terminal.document(receipt);
      printReceipt(receipt, terminal);
    }
    if (receipts.length === 0) terminal.say('quarantine_empty');
    return 0;
  });
}

function addShow(quarantine: Command): void {
  const show = quarantine
    .command('show')
    .argument('<export>', 'first digits of the sha256 of a file, as `list --json` gives it')
    .description('the quarantined records of one file')
    .option('--text', 'also the text of the records: it may name persons, so it is shown on a terminal only')
    .addHelpText('after', '\nExamples:\n  tidemark quarantine show 3f9a\n  tidemark quarantine show 3f9a --text');
  runsOnLake<[string], { text?: boolean }>(show, async ({ tidemark, terminal }, { text = false }, sha) => {
    const records = await composeQuarantine(tidemark).show(sha, { withText: text && !terminal.json });
    for (const record of records) terminal.document(record);
    terminal.list(records.map((record) => ({ ...record, reason: terminal.phrase(record.reason) })));
    return 0;
  });
}

function addReplay(quarantine: Command): void {
  const replay = quarantine
    .command('replay')
    .argument('[export]', 'first digits of the sha256 of any file that was read; default: every file in quarantine')
    .description('read kept files again, after their contract was mended; each record comes in once')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark quarantine replay --catalog our-catalog\n  tidemark quarantine replay 3f9a',
    );
  runsOnLake<[string | undefined]>(replay, async ({ tidemark, terminal }, _options, sha) => {
    let isLeft = false;
    let replayed = 0;
    for await (const receipt of composeQuarantine(tidemark).replay(sha)) {
      terminal.document(receipt);
      printReceipt(receipt, terminal);
      isLeft ||= isRefused(receipt);
      replayed += 1;
    }
    if (replayed === 0) terminal.say('quarantine_empty');
    return isLeft ? 3 : 0;
  });
}
