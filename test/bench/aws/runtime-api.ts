import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const bootstrap = fileURLToPath(new URL('lambda-bootstrap.ts', import.meta.url));

export interface Answer {
  readonly result: unknown;
  /** From the event to its answer. */
  readonly seconds: number;
  /** What it kept processors busy for: the figure that other work on the machine does not touch. */
  readonly cpuSeconds: number;
}

/** A function in a process of its own. */
export interface RunningFunction {
  /** From the start of the process to its first request for an event: code and SDK are loaded. */
  readonly readyMilliseconds: number;
  /** @throws Error with what the function threw. */
  invoke(event: unknown): Promise<Answer>;
  /** Milliseconds since the process was started. */
  age(): number;
  stop(): Promise<void>;
}

/** Runs a bundle as Lambda does, behind a server of the Lambda Runtime API. */
export async function startFunction(folder: string, environment: Record<string, string>): Promise<RunningFunction> {
  const waiting = Promise.withResolvers<ServerResponse>();
  const state = { waiting, answered: Promise.withResolvers<{ result: unknown; failed: boolean }>() };
  const server = createServer((request, response) => void serve(request, response, state));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const started = performance.now();
  const child = spawn(process.execPath, [bootstrap], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment, AWS_LAMBDA_RUNTIME_API: address },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const died = new Promise<never>((_, reject) => child.once('exit', (code) => reject(new Error(`ended with ${code}`))));
  died.catch(() => undefined);
  await Promise.race([state.waiting.promise, died]);
  return {
    readyMilliseconds: performance.now() - started,
    age: () => performance.now() - started,
    async invoke(event) {
      const outlet = await state.waiting.promise;
      state.waiting = Promise.withResolvers();
      state.answered = Promise.withResolvers();
      const sent = performance.now();
      const busy = cpuSeconds(child.pid);
      outlet.writeHead(200, { 'content-type': 'application/json', 'lambda-runtime-aws-request-id': `${sent}` });
      outlet.end(JSON.stringify(event));
      const { result, failed } = await Promise.race([state.answered.promise, died]);
      if (failed) throw new Error(`the function failed: ${JSON.stringify(result)}`);
      return { result, seconds: (performance.now() - sent) / 1000, cpuSeconds: cpuSeconds(child.pid) - busy };
    },
    async stop() {
      child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Of a process of Linux, in user and system mode; ticks are hundredths of a second on every machine that runs Lambda's Node. */
function cpuSeconds(id: number | undefined): number {
  const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

interface State {
  waiting: PromiseWithResolvers<ServerResponse>;
  answered: PromiseWithResolvers<{ result: unknown; failed: boolean }>;
}

async function serve(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  if (request.url?.endsWith('/next')) return state.waiting.resolve(response);
  const result: unknown = JSON.parse(await text(request));
  response.writeHead(202).end();
  state.answered.resolve({ result, failed: request.url?.endsWith('/error') ?? false });
}
