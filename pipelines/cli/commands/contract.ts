import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { composeInference } from '../../compose-contract.ts';
import { UsageError } from '../../domain/errors.ts';
import { identifier } from '../../domain/text.ts';
import type { InferredContract } from '../../steps/infer-contract.ts';
import { runs } from '../run-command.ts';

/** `contract check`: is the catalog sound? `contract infer`: a draft for an export that no contract matches. */
export function addContractCommand(program: Command): void {
  const contract = program.command('contract').description('check the catalog; draft a contract for an unknown export');
  addCheck(contract);
  addInfer(contract);
}

function addCheck(contract: Command): void {
  const check = contract
    .command('check')
    .description('read every definition of the catalog and its overlays, and check what they say of each other')
    .addHelpText('after', '\nExamples:\n  tidemark contract check\n  tidemark contract check --catalog our-catalog');
  runs(check, async ({ tidemark, terminal }) => {
    const { datasets, contracts, models, kpis, fingerprint } = tidemark.definitions;
    const counts = { datasets: datasets.size, contracts: contracts.size, models: models.size, kpis: kpis.size };
    terminal.document({ sound: true, ...counts, fingerprint });
    terminal.line(
      `The catalog is sound: ${Object.entries(counts)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')}.`,
    );
    return 0;
  });
}

function addInfer(contract: Command): void {
  const infer = contract
    .command('infer')
    .argument('<file>', 'an export that no contract knows: text, XLSX, JSON, zip or gz')
    .description('draft a contract from all records of a file; comments mark what a person has to decide')
    .option('--out <file>', 'write the draft here instead of to standard output; its name becomes the id')
    .addHelpText(
      'after',
      '\nExample:\n  tidemark contract infer 订单.csv --out our-catalog/contracts/kiosk_orders.yaml',
    );
  runs<[string], { out?: string }>(infer, async ({ tidemark, terminal }, { out }, file) => {
    await requireFile(file);
    const name = out === undefined ? undefined : idOf(out);
    const draft = await composeInference(tidemark)({ file, ...(name !== undefined && { name }) });
    const { yaml, ...summary } = draft;
    if (out !== undefined) write(out, yaml);
    else if (!terminal.json) terminal.raw(yaml);
    terminal.document({ file, ...summary, ...(out === undefined ? { yaml } : { out }) });
    for (const remark of remarksOn(basename(file), draft)) terminal.remark(remark);
    return 0;
  });
}

function remarksOn(file: string, { known, datasets, decisions }: Omit<InferredContract, 'yaml'>): string[] {
  const feeds = datasets.length === 0 ? 'no dataset yet' : datasets.join(', ');
  const draft = `A draft for ${file}: feeds ${feeds}; ${decisions} places to decide.`;
  if (known === null) return [draft];
  return [`${known} reads this file already; of two contracts that fit alike, neither does.`, draft];
}

async function requireFile(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isFile()) return;
  throw new UsageError('there is no such file', { where: path, next: 'name one export file, no folder' });
}

/** An overlay begins with its first contract: its folders are made with it. */
function write(out: string, yaml: string): void {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, yaml);
}

function idOf(out: string): string {
  const id = basename(out, '.yaml');
  if (existsSync(out)) throw new UsageError('There is a file of that name.', { where: out, next: 'Name another one.' });
  if (out.endsWith('.yaml') && identifier.safeParse(id).success) return id;
  throw new UsageError('The file of a contract is called after its id.', {
    where: out,
    next: 'Name it in snake_case with .yaml, as contracts/kiosk_orders.yaml.',
  });
}
