import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { requireDisk } from '../../compose-lake.ts';
import { UsageError } from '../../domain/errors.ts';
import type { Receipt } from '../../domain/receipt.ts';
import { generateDefaults } from '../../steps/generate-exports.ts';
import { wholeNumber } from '../option-values.ts';
import { type CommandContext, runs } from '../run-command.ts';
import { displayWidth } from '../table-widths.ts';
import type { Terminal } from '../terminal.ts';
import type { TextKey, Values } from '../words/words.ts';
import { buildMarts } from './build.ts';
import { evaluateAndDeliver } from './evaluate.ts';
import { ingestPaths, isRefused } from './ingest.ts';
import { buildPages, serveUntilInterrupted } from './report.ts';

interface DemoFlags {
  readonly exports?: string;
  readonly serve: boolean;
  readonly report: boolean;
  readonly port?: number;
}

/** `demo`: exports in; marts, warnings and a served report out. */
export function addDemoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('example exports → lake → marts → warnings → report site, served on loopback')
    .option('--exports <dir>', 'your own export files instead of the example')
    .option('--port <n>', 'port of the report site; default: the first free one from 4173 on', wholeNumber)
    .option('--no-report', 'stop after the warnings: neither build nor serve the report site')
    .option('--no-serve', 'build the report site, but do not serve it')
    .addHelpText(
      'after',
      '\nExamples:\n  tidemark demo\n  tidemark demo --exports ~/exports --lang zh\n  tidemark demo --no-serve',
    );
  runs<[], DemoFlags>(command, runDemo);
}

async function runDemo(context: CommandContext, flags: DemoFlags): Promise<number> {
  const { terminal } = context;
  const folder = flags.exports ?? (await exampleExports(context));
  if (!existsSync(folder)) {
    throw new UsageError('there is no such folder of exports', { where: folder, next: 'tidemark demo --exports DIR' });
  }
  const receipts = await ingestPaths(context, [folder], { quiet: true });
  headed(terminal, 'exports', terminal.text('exports_read', summaryOf(receipts)));
  const build = await buildMarts(context, {});
  const rebuilt = build.models.filter((model) => model.built !== 'nothing').length;
  const built = { rebuilt, models: build.models.length, day: terminal.day(build.as_of) };
  headed(terminal, 'marts', terminal.text('marts_built', built));
  headed(terminal, 'warnings', '');
  const { warnings, failures } = await evaluateAndDeliver(context, {});
  terminal.document({ exports: folder, receipts: receipts.length, release: build.release, warnings });
  if (flags.report) await showReport(context, flags);
  else terminal.say('what_next');
  return failures > 0 || (flags.exports !== undefined && receipts.some(isRefused)) ? 3 : 0;
}

async function showReport(context: CommandContext, flags: DemoFlags): Promise<void> {
  const { terminal, tidemark } = context;
  const pages = await buildPages(context);
  const data = await tidemark.refreshReport();
  const tables = { tables: data.written.length };
  headed(terminal, 'report', terminal.text(pages.built ? 'pages_built' : 'pages_unchanged', tables));
  if (flags.serve) await serveUntilInterrupted(context, flags);
}

/** The example exports beside the lake: written once, and again when the generator's defaults have changed. */
async function exampleExports({ terminal, tidemark, global }: CommandContext): Promise<string> {
  const folder = `${global.lake.replace(/\/+$/, '')}-exports`;
  const stamp = join(folder, '.generated.json');
  const wanted = JSON.stringify(generateDefaults);
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return folder;
  requireDisk(global.lake);
  const draft = `${folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  await tidemark.generate(draft, {}, (done) =>
    terminal.progress(terminal.text('writing_exports', { percent: Math.round(done * 100) })),
  );
  await writeFile(join(draft, '.generated.json'), wanted);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  terminal.progressDone();
  return folder;
}

/** A step of the way and what came of it. */
function headed(terminal: Terminal, step: TextKey, result: string): void {
  const heads = steps.map((key) => displayWidth(terminal.text(key)));
  const head = terminal.text(step);
  const gap = ' '.repeat(Math.max(...heads) + 2 - displayWidth(head));
  terminal.line(`${terminal.color(head, 'bold')}${result === '' ? '' : gap}${result}`);
}

const steps = ['exports', 'marts', 'warnings', 'report'] as const;

function summaryOf(receipts: readonly Receipt[]): Values {
  const total = (pick: (receipt: Receipt) => number) => receipts.reduce((sum, receipt) => sum + pick(receipt), 0);
  const read = receipts.filter((receipt) => receipt.status !== 'duplicate');
  const rows = total((receipt) => (receipt.status === 'duplicate' ? 0 : receipt.rows_in));
  const rejected = total((receipt) => (receipt.status === 'duplicate' ? 0 : receipt.rejected));
  return { files: receipts.length, known: receipts.length - read.length, rows, rejected };
}
