import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startOwned } from './owned-process.ts';

const run = promisify(execFile);

/** Processes with a mark in their command line, as ps sees them. */
async function alive(mark: string): Promise<number> {
  const { stdout } = await run('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.startsWith('sleep') && line.includes(mark)).length;
}

async function until(expected: number, mark: string): Promise<number> {
  for (let attempt = 0; attempt < 100 && (await alive(mark)) !== expected; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await alive(mark);
}

/** A server with a child of its own; the mark is an unusual number of seconds. */
const family = (mark: string) => `sleep ${mark} & sleep ${mark}`;

describe('a process that a test owns', () => {
  it('is ended with its children', async () => {
    const mark = '300.0101';
    const owned = startOwned('sh', ['-c', family(mark)], {});
    expect(await until(2, mark)).toBe(2);
    await owned.stop();
    expect(owned.hasEnded()).toBe(true);
    expect(await until(0, mark)).toBe(0);
  });

  it('takes its children along when it ends by itself', async () => {
    const mark = '300.0202';
    const owned = startOwned('sh', ['-c', `sleep ${mark} & sleep 0.5; echo bye`], {});
    expect(await until(1, mark)).toBe(1);
    expect(await until(0, mark)).toBe(0);
    expect(owned.hasEnded()).toBe(true);
    expect(owned.log()).toContain('bye');
  });

  it('does not outlive a test run that is killed', async () => {
    const mark = '300.0303';
    const source = join(import.meta.dirname, 'owned-process.ts');
    const text = `import(${JSON.stringify(source)}).then(({ startOwned }) => { startOwned('sh', ['-c', '${family(mark)}'], {}); setInterval(() => {}, 1000); });`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', text], { stdio: 'ignore' });
    expect(await until(2, mark)).toBe(2);
    owner.kill('SIGKILL');
    expect(await until(0, mark)).toBe(0);
  });
});
