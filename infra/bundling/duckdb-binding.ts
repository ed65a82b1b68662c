import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const suffixes = { arm64: 'linux-arm64', x86_64: 'linux-x64' } as const;

/**
 * The package with DuckDB's native library for Lambda's processor. npm installs only the one of the machine that it runs
 * on, so another is fetched once into a cache outside the repository.
 * @throws Error saying which package could not be had.
 */
export function findBinding(root: string, architecture: keyof typeof suffixes): { name: string; folder: string } {
  const name = `@duckdb/node-bindings-${suffixes[architecture]}`;
  const installed = join(root, 'node_modules', name);
  if (existsSync(installed)) return { name, folder: installed };

  const version = versionOf(join(root, 'node_modules', '@duckdb', 'node-bindings'));
  const cache = join(process.env['TIDEMARK_CACHE'] ?? join(homedir(), '.cache', 'tidemark'), 'duckdb', version);
  const folder = join(cache, 'node_modules', name);
  if (!existsSync(folder)) fetchPackage(`${name}@${version}`, cache);
  return { name, folder };
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function fetchPackage(specifier: string, cache: string): void {
  mkdirSync(cache, { recursive: true });
  const options = ['--prefix', cache, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--force'];
  const npm = spawnSync('npm', ['install', ...options, specifier], { cwd: cache, encoding: 'utf8' });
  if (npm.status === 0) return;
  throw new Error(`npm could not fetch ${specifier}, which Lambda needs: ${npm.stderr.trim().slice(0, 500)}`);
}
