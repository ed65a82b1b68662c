import type { Command } from 'commander';
import { compose, type Tidemark } from '../compose.ts';
import { requireLake } from '../compose-lake.ts';
import { athenaOptions } from './athena-options.ts';
import { addGlobalOptions, type GlobalOptions, globalNames, globalOptions } from './global-options.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** What a command's action gets beside its own arguments and options. */
export interface CommandContext {
  readonly tidemark: Tidemark;
  readonly terminal: Terminal;
  readonly global: GlobalOptions;
}

/** An action: positional arguments, own options, context → exit code (undefined: 0). */
export type Action<Arguments extends readonly unknown[], Options> = (
  context: CommandContext,
  options: Options,
  ...args: Arguments
) => Promise<number | undefined>;

/**
 * As `runs`, for a command that has nothing to do where there is no lake: a mistyped `--lake` is told instead of answered with
 * "nothing".
 */
export function runsOnLake<Arguments extends readonly unknown[], Options = Record<string, never>>(
  command: Command,
  action: Action<Arguments, Options>,
): Command {
  return runs<Arguments, Options>(command, async (context, options, ...args) => {
    await requireLake(context.global.lake);
    return await action(context, options, ...args);
  });
}

/** Gives a command the global options and runs its action with real adapters behind it. */
export function runs<Arguments extends readonly unknown[], Options = Record<string, never>>(
  command: Command,
  action: Action<Arguments, Options>,
): Command {
  return addGlobalOptions(command).action(async (...received: unknown[]) => {
    // Commander hands over the positional arguments, then the options, then the command.
    const args = received.slice(0, -2) as unknown as Arguments;
    const global = globalOptions(command);
    const terminal = createTerminal({ json: global.json, language: global.language });
    const { json: _json, ...settings } = global;
    const tidemark = compose({ ...settings, ...athenaOptions(process.env) });
    process.exitCode = (await action({ tidemark, terminal, global }, ownOptions<Options>(command), ...args)) ?? 0;
  });
}

/** The options of the command itself, without those that every command has. */
function ownOptions<Options>(command: Command): Options {
  const options = Object.entries(command.opts<Record<string, unknown>>());
  return Object.fromEntries(options.filter(([name]) => !globalNames.has(name))) as Options;
}
