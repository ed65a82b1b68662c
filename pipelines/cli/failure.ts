import { CommanderError } from 'commander';
import { TidemarkError } from '../domain/errors.ts';
import type { Language } from '../domain/text.ts';
import { phraseOf, type TextKey, textOf, type Values } from './words/words.ts';

export interface FailureOptions {
  readonly json: boolean;
  readonly language: Language;
}

/**
 * Tells a failure to whoever ran the command and gives the exit code: 2 for wrong usage, 1 for the rest.
 * A user's mistake is told as what, where and what to do next; only a defect of the program shows a stack trace.
 */
export function reportFailure(error: unknown, { json, language }: FailureOptions): number {
  if (error instanceof CommanderError) return reportUsage(error, json);
  const known = error instanceof TidemarkError ? error : systemFailure(error);
  if (json) {
    const { message, where, next, retryable } = known ?? { message: messageOf(error) };
    process.stdout.write(`${JSON.stringify({ error: { message, where, next, retryable } })}\n`);
  }
  if (!known) {
    process.stderr.write(`${textOf(language, 'defect')}\n${stackOf(error)}\n`);
    return 1;
  }
  const say = (key: TextKey, values: Values) => process.stderr.write(`${textOf(language, key, values)}\n`);
  say('error', { message: phraseOf(language, known.message) });
  if (known.where) say('error_where', { where: known.where });
  if (known.next) say('error_next', { next: phraseOf(language, known.next) });
  return known.exitCode;
}

/** Commander has told people already; programs get the document that every failure has. */
function reportUsage({ exitCode, code, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return 0;
  const next = 'tidemark --help';
  if (json && code !== 'commander.help') {
    const text = message.replace(/^error: /, '');
    process.stdout.write(`${JSON.stringify({ error: { message: text, next, retryable: false } })}\n`);
  }
  return 2;
}

const systemFailures: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'no permission to read or write',
  EPERM: 'no permission to read or write',
  EISDIR: 'a file was expected, this is a folder',
  ENOTDIR: 'a folder was expected, this is a file',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
  EADDRINUSE: 'the port is in use',
};

const nexts: Readonly<Record<string, string>> = {
  ENOSPC: 'make room, then run the same command again',
  EADDRINUSE: 'name another one with --port',
  EACCES: 'check its permissions',
  EPERM: 'check its permissions',
  EROFS: 'name another place with --lake or --out',
};

function systemFailure(error: unknown): TidemarkError | undefined {
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const text = code === undefined ? undefined : systemFailures[code];
  if (text === undefined) return undefined;
  const where = path ?? syscall;
  return new TidemarkError(text, {
    next: nexts[code ?? ''] ?? 'check the path',
    ...(where !== undefined && { where }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
