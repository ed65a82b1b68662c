import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Else every command compiles hundreds of files anew. It holds for what is imported from here on.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/tidemark', import.meta.url)));
const { reportFailure } = await import('./failure.ts');
const { spokenIn } = await import('./global-options.ts');
const { textOf } = await import('./words/words.ts');
const { createProgram } = await import('./program.ts');

// `tidemark … | head` closes the pipe early: whoever reads has read enough, but the work goes on to its end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// A command that has something to end (a server, a site in the making) listens by itself; the others just stop.
process.on('SIGINT', stop);

process.exitCode = await run(process.argv);

function stop(): void {
  if (process.listenerCount('SIGINT') > 1) return;
  process.stderr.write(`\n${textOf(spokenIn(process.argv), 'interrupted')}\n`);
  process.off('SIGINT', stop);
  process.kill(process.pid, 'SIGINT');
}

async function run(argv: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return reportFailure(error, { json: argv.includes('--json'), language: spokenIn(argv) });
  }
}
