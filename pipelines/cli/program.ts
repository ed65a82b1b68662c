import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAlertsCommand } from './commands/alerts.ts';
import { addBuildCommand } from './commands/build.ts';
import { addContractCommand } from './commands/contract.ts';
import { addConvertCommand } from './commands/convert.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEraseCommand } from './commands/erase.ts';
import { addEvaluateCommand } from './commands/evaluate.ts';
import { addGcCommand } from './commands/gc.ts';
import { addGenerateCommand } from './commands/generate.ts';
import { addIngestCommand } from './commands/ingest.ts';
import { addKeyCommand } from './commands/key.ts';
import { addQuarantineCommand } from './commands/quarantine.ts';
import { addReleaseCommand } from './commands/release.ts';
import { addReportCommand } from './commands/report.ts';
import { addSqlCommand } from './commands/sql.ts';
import { addTraceCommand } from './commands/trace.ts';

const description = `Omni-channel analytics: exports in; KPI marts, warnings and bilingual reports out.

Start with \`tidemark demo\`, or with your own files: \`tidemark demo --exports DIR\`.
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but some input was refused or quarantined, or a series could not be judged.`;

const commands = [
  addDemoCommand,
  addGenerateCommand,
  addIngestCommand,
  addQuarantineCommand,
  addBuildCommand,
  addEvaluateCommand,
  addAlertsCommand,
  addSqlCommand,
  addTraceCommand,
  addReportCommand,
  addContractCommand,
  addConvertCommand,
  addReleaseCommand,
  addGcCommand,
  addEraseCommand,
  addKeyCommand,
  addDoctorCommand,
];

/** The whole command line; wrong usage throws instead of ending the process. */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('tidemark').description(description).version(version).exitOverride();
  program.showHelpAfterError('(tidemark <command> --help shows examples)').configureHelp({ sortSubcommands: false });
  for (const add of commands) add(program);
  return program;
}
