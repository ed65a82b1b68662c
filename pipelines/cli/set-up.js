// Runs before everything else, on whatever Node the machine has (20 or newer): plain JavaScript, no dependencies.
// Installs a package only when its lockfile is another than the one installed last.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wanted = process.argv.includes('--reports') ? ['.', 'reports'] : ['.'];

for (const folder of wanted) setUp(join(root, folder), folder);

function setUp(folder, name) {
  const lockfile = join(folder, 'package-lock.json');
  if (!existsSync(lockfile)) return;
  const stamp = join(folder, 'node_modules', '.tidemark-lock');
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;

  process.stderr.write(`Setting up ${name === '.' ? 'tidemark' : name}: installing packages, once per lockfile …\n`);
  const env = { ...process.env };
  // npm hands its own settings down to child processes; those of the outer call must not leak into another folder's.
  for (const key of Object.keys(env))
    if (/^npm_(config_(local_)?prefix|package_|lifecycle_)/.test(key)) delete env[key];
  // Not `npm ci`: it refuses a lockfile that lacks optional packages of other platforms, which a mirror may not carry.
  // `npm install --no-save` takes the same locked versions, and leaves the lockfile as it is.
  const npm = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    env,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    process.stderr.write(
      `Packages of ${name} could not be installed (npm install ended with ${npm.status ?? npm.error?.message}).\n` +
        `Check the connection to the npm registry, then run the same command again.\n`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}
