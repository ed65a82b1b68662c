import type { Command } from 'commander';
import { runs } from '../run-command.ts';
import { padded } from '../table-widths.ts';

/** `doctor`: what is missing on this machine, and how to mend it. */
export function addDoctorCommand(program: Command): void {
  const command = program
    .command('doctor')
    .description('check the installation and the lake; name what is missing and how to mend it')
    .addHelpText('after', '\nExample:\n  tidemark doctor --lake .lake');
  runs(command, async ({ tidemark, terminal }) => {
    const findings = await tidemark.checkInstallation();
    for (const finding of findings) {
      terminal.document(finding);
      const style = { good: 'green', missing: 'yellow', broken: 'red' } as const;
      const [state, check] = [terminal.term(finding.state), terminal.term(finding.check)];
      const text = terminal.phrase(finding.text);
      terminal.line(`${terminal.color(padded(state, 7), style[finding.state])} ${padded(check, 14)} ${text}`);
      if (finding.next === null) continue;
      terminal.line(`${' '.repeat(23)}${terminal.text('next', { next: terminal.phrase(finding.next) })}`);
    }
    return findings.some((finding) => finding.state === 'broken') ? 1 : 0;
  });
}
