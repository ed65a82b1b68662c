import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeKpiLake } from './kpi-lake.ts';
import { measure } from './measured-process.ts';

export interface EvaluateFigure {
  readonly series: number;
  /** Four months at once, with no state. */
  readonly first: Evaluation;
  /** One more day. */
  readonly nextDay: Evaluation;
}

export interface Evaluation {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly warnings: number;
  readonly peakMegabytes: number;
}

/** Three rules on so many series: the first evaluation of a history, and the one of the day after. */
export async function benchEvaluate(series: number, repeats: number): Promise<EvaluateFigure> {
  const work = join(tmpdir(), `tidemark-bench-evaluate-${process.pid}-${series}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const releases = await writeKpiLake(work, series);
    for (const [name, release] of Object.entries(releases)) {
      writeFileSync(join(work, `${name}.json`), JSON.stringify(release));
    }
    const first = await evaluate(work, 'first');
    // What the first evaluation left is put back before each repeat of the day after it.
    const left = ['alerts', '.versions'];
    for (const folder of left) cpSync(join(work, folder), join(work, `kept-${folder}`), { recursive: true });
    const days: Evaluation[] = [];
    for (let run = 0; run < repeats; run++) {
      for (const folder of left) {
        rmSync(join(work, folder), { recursive: true, force: true });
        cpSync(join(work, `kept-${folder}`), join(work, folder), { recursive: true });
      }
      days.push(await evaluate(work, 'next'));
    }
    const [nextDay = first] = days.sort((a, b) => a.cpuSeconds - b.cpuSeconds).slice(days.length >> 1);
    return { series, first, nextDay };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function evaluate(lake: string, release: string): Promise<Evaluation> {
  const script = fileURLToPath(new URL('product-evaluate.ts', import.meta.url));
  const { out, peakMegabytes } = await measure(script, [lake, join(lake, `${release}.json`)]);
  return { ...(JSON.parse(out.split('\n')[0] ?? '') as Evaluation), peakMegabytes };
}
