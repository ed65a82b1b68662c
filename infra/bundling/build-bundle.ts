import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { findBinding } from './duckdb-binding.ts';

export interface BundleRequest {
  readonly root: string;
  /** Source file of the function; it exports `handler`. */
  readonly entry: string;
  readonly name: string;
  readonly architecture: 'arm64' | 'x86_64';
  /** What lies beside the code: nothing, the catalog, or the catalog and DuckDB. */
  readonly contents: 'code' | 'catalog' | 'engine';
}

/**
 * Writes a folder that Lambda runs as it is: the code in one file, beside it the catalog and DuckDB's packages where they
 * are needed. The same sources give the same bytes.
 * @returns the folder.
 */
export function buildBundle({ root, entry, name, architecture, contents }: BundleRequest): string {
  const folder = join(root, 'cdk.out', 'bundles', `${name}-${architecture}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  buildSync({
    entryPoints: [entry],
    outfile: join(folder, 'index.mjs'),
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    keepNames: true,
    sourcemap: false,
    legalComments: 'none',
    external: ['@duckdb/*'],
    // Some dependencies are CommonJS and ask for Node's own modules by require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  if (contents === 'code') return folder;
  cpSync(join(root, 'pipelines', 'catalog'), join(folder, 'catalog'), { recursive: true });
  cpSync(join(root, 'reports', 'sources'), join(folder, 'reports', 'sources'), { recursive: true });
  if (contents === 'engine') addEngine(root, folder, architecture);
  return folder;
}

function addEngine(root: string, folder: string, architecture: BundleRequest['architecture']): void {
  const modules = join(folder, 'node_modules');
  const copy = (from: string, name: string) =>
    cpSync(from, join(modules, name), {
      recursive: true,
      dereference: true,
      filter: (path) => !/\.(d\.ts|map|md)$/.test(path),
    });
  for (const name of ['@duckdb/node-api', '@duckdb/node-bindings', 'detect-libc']) {
    copy(join(root, 'node_modules', name), name);
  }
  const binding = findBinding(root, architecture);
  copy(binding.folder, binding.name);
}
