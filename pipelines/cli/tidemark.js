#!/usr/bin/env node
// Entry of the `tidemark` command: starts main.ts on the Node that the project brings, whatever the machine has.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const bundled = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
if (!existsSync(bundled)) {
  process.stderr.write('tidemark is not set up yet. Run `npm start` or `npm install` in its folder first.\n');
  process.exit(1);
}
const child = spawn(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1);
});
