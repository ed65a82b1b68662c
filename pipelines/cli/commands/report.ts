import type { Command } from 'commander';
import type { Tidemark } from '../../compose.ts';
import { uploadReport } from '../../compose-report.ts';
import { wholeNumber } from '../option-values.ts';
import { type CommandContext, runs } from '../run-command.ts';

/** `report build|upload|refresh|serve`: the Evidence site and the data behind it. */
export function addReportCommand(program: Command): void {
  const report = program.command('report').description('the report site: build its pages, refresh its data, serve it');
  const build = report
    .command('build')
    .description('build the pages (minutes, and only when pages changed) and put the current release behind them')
    .option('--force', 'build although no page changed')
    .addHelpText('after', '\nExample:\n  tidemark report build');
  runs<[], { force?: boolean }>(build, async (context, options) => {
    const pages = await buildPages(context, options);
    const data = await refreshIfReleased(context.tidemark);
    context.terminal.document({ ...pages, data });
    context.terminal.say(pages.built ? 'pages_built_in' : 'pages_current_in', { folder: pages.folder });
    return 0;
  });

  const upload = report
    .command('upload <bucket>')
    .description('put the built pages into the report bucket on AWS; the data come by themselves with every run')
    .addHelpText('after', '\nExample:\n  tidemark report build && tidemark report upload s3://my-report-bucket');
  runs<[string]>(upload, async ({ tidemark, terminal }, _options, bucket) => {
    const files = await uploadReport(tidemark, bucket);
    terminal.document({ files });
    terminal.say('uploaded', { files });
    return 0;
  });

  const refresh = report
    .command('refresh')
    .description('put the current release behind the pages, without building them again')
    .addHelpText('after', '\nExample:\n  tidemark report refresh');
  runs(refresh, async ({ tidemark, terminal }) => {
    const result = await tidemark.refreshReport();
    terminal.document(result);
    terminal.say('refreshed', { written: result.written.length, unchanged: result.unchanged.length });
    return 0;
  });

  const serve = report
    .command('serve')
    .description('serve the site on loopback until Ctrl-C')
    .option('--port <n>', 'port; default: the first free one from 4173 on', wholeNumber)
    .addHelpText('after', '\nExamples:\n  tidemark report serve\n  tidemark report serve --port 8080');
  runs<[], { port?: number }>(serve, async (context, options) => {
    await serveUntilInterrupted(context, options);
    return 0;
  });
}

/** Builds the pages with progress; Ctrl-C ends the build and all that it started. */
export async function buildPages(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  options: { readonly force?: boolean } = {},
): Promise<{ readonly built: boolean; readonly folder: string }> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once('SIGINT', interrupt);
  terminal.progress(terminal.text('building_pages'));
  const onProgress = (seconds: number) => terminal.progress(terminal.text('building_pages_for', { seconds }));
  try {
    return await tidemark.buildReport({ ...options, signal: interrupted.signal, onProgress });
  } finally {
    process.off('SIGINT', interrupt);
    terminal.progressDone();
  }
}

/** Serves the site and prints its address; resolves when the process is asked to end. */
export async function serveUntilInterrupted(
  { tidemark, terminal }: Pick<CommandContext, 'tidemark' | 'terminal'>,
  options: { readonly port?: number },
): Promise<void> {
  const served = await tidemark.serveReport(options);
  terminal.document({ address: served.address });
  terminal.say('served', { address: terminal.color(served.address, 'bold') });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await served.close();
}

async function refreshIfReleased(tidemark: Tidemark) {
  return (await tidemark.hasRelease()) ? await tidemark.refreshReport() : null;
}
