import { existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type History, writeHistory, writeNextDay } from './large-lake.ts';
import { type Measured, measure, median } from './measured-process.ts';

export interface BuildFigure {
  readonly lines: number;
  /** Absent where it was not asked for. */
  readonly plain?: Measured;
  readonly full: Measured;
  /** One new day of each wanted size, in their order. */
  readonly nextDays: readonly Measured[];
}

export interface BuildWish {
  readonly repeats: number;
  readonly withPlain: boolean;
  /** Lines of the days that come in, each into the same history. */
  readonly dayLines: readonly number[];
}

/**
 * Three years of history: plain DuckDB running the same models, the product's full build, and one new day on top of it,
 * each in a process of its own.
 */
export async function benchBuild(history: History, { repeats, withPlain, dayLines }: BuildWish): Promise<BuildFigure> {
  const kept = process.env['TIDEMARK_BENCH_LAKES'];
  const work = kept ?? join(tmpdir(), `tidemark-bench-build-${process.pid}`);
  const lake = join(work, `history-${history.lines}-${history.customers}`);
  const spill = join(work, 'spill');
  try {
    if (!existsSync(lake)) {
      mkdirSync(lake, { recursive: true });
      await writeHistory(lake, history);
    }
    const plain: Measured[] = [];
    const full: Measured[] = [];
    for (let run = 0; run < repeats; run++) {
      for (const name of readdirSync(lake)) if (!isDelivered(name)) rmSync(join(lake, name), { recursive: true });
      if (withPlain) plain.push(await measure(script('plain-build.ts'), [lake, spill]));
      rmSync(spill, { recursive: true, force: true });
      full.push(await measure(script('product-build.ts'), [lake, 'full']));
    }
    const nextDays: Measured[] = [];
    for (const lines of dayLines) nextDays.push(median(await measureDays({ lake, history, lines, repeats })));
    return { lines: history.lines, ...(withPlain && { plain: median(plain) }), full: median(full), nextDays };
  } finally {
    if (kept === undefined) rmSync(work, { recursive: true, force: true });
  }
}

interface DaysToMeasure {
  readonly lake: string;
  readonly history: History;
  readonly lines: number;
  readonly repeats: number;
}

async function measureDays({ lake, history, lines, repeats }: DaysToMeasure): Promise<Measured[]> {
  const measured: Measured[] = [];
  const copy = `${lake}-copy`;
  rmSync(copy, { recursive: true, force: true });
  for (let run = 0; run < repeats; run++) {
    linkFolder(lake, copy);
    await writeNextDay(copy, history, lines);
    measured.push(await measure(script('product-build.ts'), [copy, 'changed']));
    rmSync(copy, { recursive: true });
  }
  return measured;
}

/** What an ingest leaves; the rest is built. */
function isDelivered(name: string): boolean {
  return name === 'staged' || name === 'receipts';
}

/** Objects of a lake never change, so that links can stand in for copies. */
function linkFolder(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else linkSync(source, target);
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
