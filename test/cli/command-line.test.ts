import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../pipelines/cli/program.ts';
import { mainFile, runTidemark } from './run-tidemark.ts';

const emptyFolder = mkdtempSync(join(tmpdir(), 'tidemark-empty-'));
afterAll(() => rmSync(emptyFolder, { recursive: true }));

describe('command line', () => {
  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['contract', 'check', '--frobnicate']],
    ['no command at all', []],
    ['a clock that is no instant', ['contract', 'check', '--now', 'yesterday']],
    ['a catalog that is no folder', ['contract', 'check', '--catalog', '/no/such/folder']],
    ['an engine that there is not', ['contract', 'check', '--engine', 'spark']],
    ['a day that there is not', ['evaluate', '--through', '2026-02-30']],
    ['a first day that is no day', ['alerts', 'list', '--since', 'yesterday']],
    ['a number that is none', ['generate', '--out', '/no/such/folder', '--orders', 'many']],
    ['a verdict that there is not', ['alerts', 'ack', 'x', '--by', 'li', '--verdict', 'maybe']],
    ['a path without a file', ['ingest', '/no/such/folder']],
    ['a folder without files', ['ingest', emptyFolder]],
    ['a demo on a folder without files', ['demo', '--exports', emptyFolder, '--lake', join(emptyFolder, 'lake')]],
    ['a table that is not there', ['convert', '/no/such/file', '--out', '/no/such/folder']],
    ['a folder of which a draft is wanted', ['contract', 'infer', emptyFolder]],
  ])('answers %s with exit code 2 and no stack trace', async (_what, args) => {
    const { code, out, err } = await runTidemark(args);
    expect(code).toBe(2);
    expect(out + err).not.toMatch(/^\s+at /m);
    expect(err.length).toBeGreaterThan(20);
  });

  it('tells an error as JSON on standard output under --json', async () => {
    const { out } = await runTidemark(['contract', 'check', '--catalog', '/no/such/folder', '--json']);
    expect(JSON.parse(out).error).toMatchObject({ where: '/no/such/folder', retryable: false });
  });

  it('tells wrong usage as JSON under --json as well', async () => {
    const { code, out } = await runTidemark(['alerts', 'list', '--since', 'yesterday', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out).error.message).toContain("'--since <date>' argument 'yesterday' is invalid");
  });

  it.each([
    [['alerts', 'list']],
    [['alerts', 'silence', '--owner', 'li', '--reason', 'x', '--until', '2027-01-01T00:00:00Z']],
    [['release', 'list']],
    [['quarantine', 'list']],
    [['gc']],
    [['evaluate']],
  ])('says that there is no lake instead of answering %j with nothing', async (args) => {
    const missing = join(emptyFolder, 'misspelt');
    const { code, err } = await runTidemark([...args, '--lake', missing]);
    expect(code).toBe(1);
    expect(err).toContain(`there is no lake here\n  where: ${missing}\n`);
    expect(existsSync(missing)).toBe(false);
  });

  it('takes the notes of people', async () => {
    mkdirSync(join(emptyFolder, 'lake'), { recursive: true });
    const wish = ['--channel', 'jd', '--owner', 'li', '--reason', 'relaunch', '--until', '2027-01-01T00:00:00Z'];
    const global = ['--json', '--lake', join(emptyFolder, 'lake'), '--now', '2026-11-01T00:00:00Z'];
    const silenced = await runTidemark(['alerts', 'silence', ...wish, ...global]);
    expect(silenced.code).toBe(0);
    expect(JSON.parse(silenced.out)).toMatchObject({ match: { channels: ['jd'] }, owner: 'li' });
  });

  it('says of a lake without anything that nothing is to be tidied', async () => {
    const { code, out } = await runTidemark(['gc', '--compact', '--lake', join(emptyFolder, 'lake')]);
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      'No past month has enough small staged files of one source to put together.',
      'Removed 0 objects, 0.0 MiB; releases kept: 0.',
    ]);
  });

  it('goes on to the end where nobody reads what it prints', async () => {
    const child = spawn(process.execPath, [
      mainFile,
      'generate',
      '--out',
      join(emptyFolder, 'generated'),
      '--orders',
      '50',
    ]);
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(existsSync(join(emptyFolder, 'generated', 'planted.json'))).toBe(true);
  });

  it('finds the built-in catalog sound', async () => {
    const { code, out } = await runTidemark(['contract', 'check', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ sound: true });
  });

  const leaves = createProgram().commands.flatMap(leavesOf);

  it.each(leaves.map((command) => [pathOf(command), command] as const))(
    '%s has help with an example',
    (path, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      expect(help).toMatch(new RegExp(`tidemark ${path}`));
      expect(help).toContain('Example');
      for (const option of ['--json', '--lake', '--catalog', '--engine', '--lang', '--now'])
        expect(help).toContain(option);
    },
  );
});

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function pathOf(command: Command): string {
  const parent = command.parent?.parent ? `${pathOf(command.parent)} ` : '';
  return `${parent}${command.name()}`;
}
