import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { TidemarkError } from '../domain/errors.ts';
import { compressSite } from './compress-site.ts';
import type { BuildOptions, ReportPages, ReportTable } from './report.ts';

/** What the site is made of; a change in any of it makes a new build necessary. The data are not among it. */
const ingredients = [
  'pages',
  'components',
  'static',
  'app.css',
  'evidence.config.yaml',
  'svelte.config.js',
  'package-lock.json',
];
const stampFile = 'built-from.txt';
const buildMilliseconds = 15 * 60 * 1000;
const lastLines = 12;
const tickSeconds = 10;

/** Pages of an Evidence project, built by Evidence's own command into `<project>/build`. */
export function createEvidencePages(projectFolder: string): ReportPages {
  const folder = join(projectFolder, 'build');
  const current = async () => {
    const stamp = join(folder, stampFile);
    if (!existsSync(stamp)) return undefined;
    return (await readFile(stamp, 'utf8')) === (await fingerprintOf(projectFolder)) ? folder : undefined;
  };
  return {
    current,
    build: async (options) => {
      if (options.force !== true && (await current()) !== undefined) return { built: false, folder };
      await buildSite(projectFolder, folder, options);
      return { built: true, folder };
    },
    sources: () => readSources(join(projectFolder, 'sources', 'marts')),
  };
}

async function buildSite(projectFolder: string, folder: string, options: BuildOptions): Promise<void> {
  const command = join(projectFolder, 'node_modules/@evidence-dev/evidence/cli.js');
  if (!existsSync(command)) {
    throw new TidemarkError('the packages of the report site are not installed', {
      where: projectFolder,
      next: `npm install --no-save --prefix ${projectFolder}`,
    });
  }
  const fingerprint = await fingerprintOf(projectFolder);
  const output = join(projectFolder, '.evidence/template/build');
  await rm(join(folder, stampFile), { force: true });
  await rm(output, { recursive: true, force: true });
  await runEvidence(command, projectFolder, options);
  // Evidence copies its output over what is there, so that a site that is being served stays whole until now.
  await removeStrangers(folder, output);
  await compressSite(folder);
  await writeFile(join(folder, stampFile), fingerprint);
}

async function runEvidence(command: string, projectFolder: string, options: BuildOptions): Promise<void> {
  const evidence = spawn(process.execPath, [command, 'build'], {
    cwd: projectFolder,
    env: evidenceEnvironment(projectFolder),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Evidence starts a shell that starts vite, and all of them have to end together.
    detached: process.platform !== 'win32',
  });
  const output: string[] = [];
  const collect = (chunk: Buffer) => output.push(chunk.toString());
  evidence.stdout.on('data', collect);
  evidence.stderr.on('data', collect);
  const end = () => endGroup(evidence.pid);
  const limit = setTimeout(end, buildMilliseconds);
  const ticks = tellSeconds(options);
  options.signal?.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    evidence.once('error', reject);
    evidence.once('close', resolve);
  }).finally(() => {
    clearTimeout(limit);
    clearInterval(ticks);
    options.signal?.removeEventListener('abort', end);
  });
  if (code === 0) return;
  if (options.signal?.aborted === true) {
    throw new TidemarkError('the build of the report site was stopped', { next: 'npx tidemark report build' });
  }
  throw new TidemarkError(`the report site could not be built (exit code ${code ?? 'none'})`, {
    where: projectFolder,
    next: `the last lines of Evidence were:\n${lastLinesOf(output.join(''))}`,
  });
}

function tellSeconds({ onProgress }: BuildOptions): NodeJS.Timeout {
  let seconds = 0;
  return setInterval(() => {
    seconds += tickSeconds;
    onProgress?.(seconds);
  }, tickSeconds * 1000);
}

/** Removes what an earlier build left. */
async function removeStrangers(folder: string, output: string): Promise<void> {
  for (const file of await filesOf(folder)) {
    const original = join(output, file.slice(folder.length)).replace(/\.br$/, '');
    if (!existsSync(original)) await rm(file);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGTERM');
  } catch {
    // It has ended by itself meanwhile.
  }
}

function evidenceEnvironment(projectFolder: string): NodeJS.ProcessEnv {
  // Evidence calls vite by name, on the Node that it finds first.
  const path = [join(projectFolder, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH'] ?? ''];
  return { ...process.env, PATH: path.join(delimiter), SEND_ANONYMOUS_USAGE_STATS: 'no' };
}

function lastLinesOf(text: string): string {
  return text.trimEnd().split('\n').slice(-lastLines).join('\n');
}

async function fingerprintOf(projectFolder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const ingredient of ingredients) {
    for (const file of await filesOf(join(projectFolder, ingredient))) {
      hash
        .update(`${file.slice(projectFolder.length)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return undefined;
      throw error;
    },
  );
  if (entries === undefined) return [path];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function readSources(folder: string): Promise<Extract<ReportTable, { kind: 'query' }>[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file) => ({
      kind: 'query' as const,
      name: basename(file, '.sql'),
      sql: await readFile(join(folder, file), 'utf8'),
    })),
  );
}
