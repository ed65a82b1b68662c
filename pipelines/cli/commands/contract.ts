import type { Command } from 'commander';
import { runs } from '../run-command.ts';

/** `contract check`: is the catalog sound? `contract infer`: a draft for an export that no contract matches. */
export function addContractCommand(program: Command): void {
  const contract = program.command('contract').description('check the catalog; draft a contract for an unknown export');
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
