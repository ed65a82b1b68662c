import { spawn } from 'node:child_process';

/** What a child process cost. */
export interface Measured {
  readonly seconds: number;
  /** Largest resident set, in MiB. */
  readonly peakMegabytes: number;
  /** What the child wrote on standard output. */
  readonly out: string;
}

/**
 * Runs a script on this Node in a process of its own, so that its memory and its start count for nobody else.
 * The script's last line of output has to be `peak <MiB>`; see `printPeak`.
 * @throws Error with the child's standard error where it fails.
 */
export async function measure(script: string, args: readonly string[]): Promise<Measured> {
  const start = performance.now();
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
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
  return { seconds, peakMegabytes: Number(/peak (\d+)\s*$/.exec(out)?.[1] ?? Number.NaN), out };
}

/** Tells the measuring parent how much memory this process held at most. */
export function printPeak(): void {
  process.stdout.write(`peak ${Math.round(process.resourceUsage().maxRSS / 1024)}\n`);
}

/** The middle one by time: noise of a busy machine falls to both sides. */
export function median(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.seconds - b.seconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error('nothing was measured');
  return middle;
}
