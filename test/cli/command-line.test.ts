import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../pipelines/cli/program.ts';
import { runTidemark } from './run-tidemark.ts';

describe('command line', () => {
  it.each([
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['contract', 'check', '--frobnicate']],
    ['no command at all', []],
    ['a clock that is no instant', ['contract', 'check', '--now', 'yesterday']],
    ['a catalog that is no folder', ['contract', 'check', '--catalog', '/no/such/folder']],
    ['an engine that there is not', ['contract', 'check', '--engine', 'spark']],
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
