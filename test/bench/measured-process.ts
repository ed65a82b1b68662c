import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const compileCache = fileURLToPath(new URL('../../node_modules/.cache/tidemark', import.meta.url));

/** What a child process cost. */
export interface Measured {
  readonly seconds: number;
  /** Processor time of all its threads. */
  readonly cpuSeconds: number;
  /** Largest resident set, in MiB. */
  readonly peakMegabytes: number;
  /** What the child wrote on standard output. */
  readonly out: string;
}

/**
 * Runs a script on this Node, or with another program, in a process of its own, so that its memory and its start count for nobody else.
 * The script's last line of output has to be what `printCost` writes.
 * @throws Error with the child's standard error where it fails.
 */
export async function measure(script: string, args: readonly string[], program = process.execPath): Promise<Measured> {
  const start = performance.now();
  // What is compiled is kept, as the command keeps it.
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const child = spawn(program, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err = (err + chunk.toString()).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${err}`);
  const [, cpu, peak] = /cpu ([\d.]+) peak (\d+)\s*$/.exec(out) ?? [];
  return { seconds, cpuSeconds: Number(cpu), peakMegabytes: Number(peak), out };
}

/** Tells the measuring parent what this process cost so far: seconds of processor time, and MiB held at most. */
export function printCost(): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(`cpu ${((userCPUTime + systemCPUTime) / 1e6).toFixed(2)} peak ${Math.round(maxRSS / 1024)}\n`);
}

/** The middle one by time: noise of a busy machine falls to both sides. */
export function median(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.seconds - b.seconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}
