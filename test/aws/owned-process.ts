import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** A server that a test has started. */
export interface OwnedProcess {
  /** True once it has ended, by itself or not. */
  hasEnded(): boolean;
  /** The end of what it has printed. */
  log(): string;
  /** Ends it, and whatever it has started. */
  stop(): Promise<void>;
}

/**
 * Runs the command in a process group of its own. A shell beside it waits for its standard input to close, which happens
 * however this process ends, and then ends the group: a killed test run leaves nothing behind.
 */
const script = `exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(cat <&3 >/dev/null; kill -9 0) &
exec 3<&-
wait "$server"`;

/** Characters of the output that are kept. */
const logLength = 200_000;

/** Starts a server that lives no longer than this process, and takes its own children along when it ends. */
export function startOwned(
  command: string,
  words: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
): OwnedProcess {
  const child = spawn('sh', ['-c', script, 'sh', command, ...words], {
    ...options,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed = `${printed}${chunk}`.slice(-logLength);
    });
  }
  child.on('error', (error) => {
    printed += String(error);
  });
  // Its own end is the end of its children, too.
  child.once('exit', () => child.stdin.end());
  child.stdin.on('error', () => {});
  return { hasEnded: () => hasEnded(child), log: () => printed, stop: () => stop(child) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}
