import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type OwnedProcess, startOwned } from './owned-process.ts';

const version = '1.5.33';
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Function processes that may run at the same time, as the last bound on a run that gets out of hand. Not a tight one:
 * a throttled reader of a queue counts as a failed delivery, and after a few of those a message is a dead letter.
 */
const functionsAtOnce = 16 + 4 * availableParallelism();

/** Where downloads of the test support live: outside the repository, shared by every clone. */
export const cacheFolder = process.env['TIDEMARK_CACHE'] ?? join(homedir(), '.cache', 'tidemark');

export interface Ministack {
  readonly url: string;
  readonly account: string;
  /** Variables that point the SDK, the CDK and child processes at the emulator. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ids of the processes in which it runs a function whose name has `part` in it. */
  functionProcesses(part: string): Promise<number[]>;
  /** What it has printed so far, for a test that fails. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts an emulator of its own on a free port; installs it first where this machine has none. */
export async function startMinistack(): Promise<Ministack> {
  const python = join(await install(), 'bin', 'python');
  const port = await freePort();
  const state = mkdtempSync(join(tmpdir(), 'ministack-'));
  const url = `http://127.0.0.1:${port}`;
  const account = '123456789012';
  const server = startOwned(python, [join(root, 'test', 'aws', 'ministack-mended.py')], {
    cwd: state,
    env: {
      PATH: [join(root, 'node_modules', 'node', 'bin'), process.env['PATH'] ?? ''].join(delimiter),
      HOME: state,
      TMPDIR: state,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      LAMBDA_EXECUTOR: 'local',
      LAMBDA_ACCOUNT_CONCURRENCY: String(functionsAtOnce),
      LAMBDA_WARM_TTL_SECONDS: '60',
      MINISTACK_ACCOUNT_ID: account,
      STATE_DIR: join(state, 'state'),
      LOG_LEVEL: process.env['TIDEMARK_AWS_LOG'] ?? 'WARNING',
    },
  });
  await untilHealthy(url, server);
  return {
    url,
    account,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    functionProcesses: (part) => functionProcesses(state, part),
    log: () => server.log(),
    stop: async () => {
      await server.stop();
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The emulator unpacks every function below its own folder for temporary files, and runs it from there. */
async function functionProcesses(state: string, part: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(join(state, 'ministack-lambda-')) && line.includes(part))
    .map((line) => Number.parseInt(line, 10));
}

/** Installs into a folder of its own and renames it at the end, so that a broken-off download leaves nothing half done. */
async function install(): Promise<string> {
  const home = join(cacheFolder, `ministack-${version}`);
  if (existsSync(join(home, 'bin', 'ministack'))) return home;
  const draft = `${home}.${process.pid}`;
  await run('python3', ['-m', 'venv', draft]);
  await run(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `ministack[full]==${version}`], {
    timeout: 600_000,
  });
  moveInto(draft, home);
  return home;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function untilHealthy(url: string, server: OwnedProcess): Promise<void> {
  for (let attempt = 0; attempt < 600 && !server.hasEnded(); attempt++) {
    const answer = await fetch(`${url}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await server.stop();
  throw new Error(`The emulator did not start:\n${server.log().slice(-2000)}`);
}

/** Puts a finished download in its place; where another test run was faster, its equal is kept. */
export function moveInto(draft: string, home: string): void {
  try {
    renameSync(draft, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}
