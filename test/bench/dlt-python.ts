import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const dltPackages = ['dlt[duckdb]==1.31.0', 'pyarrow==26.0.1'];

/** The Python that has dlt, installed once into the cache; undefined where there is none to install it with. */
export async function dltPython(cache: string): Promise<string | undefined> {
  const folder = join(cache, 'dlt');
  const python = join(folder, 'bin', 'python');
  const run = promisify(execFile);
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', ...dltPackages]);
    return python;
  } catch (error) {
    console.log(`without dlt: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}
