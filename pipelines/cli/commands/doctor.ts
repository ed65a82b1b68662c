import type { Command } from 'commander';
import { runs } from '../run-command.ts';

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
      terminal.line(
        `${terminal.color(finding.state.padEnd(7), style[finding.state])} ${finding.check.padEnd(14)} ${finding.text}`,
      );
      if (finding.next !== null) terminal.line(`        ${''.padEnd(14)} next: ${finding.next}`);
    }
    return findings.some((finding) => finding.state === 'broken') ? 1 : 0;
  });
}
