import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type History, writeHistory, writeNextDay } from './large-lake.ts';
import { type Measured, measure, median } from './measured-process.ts';

export interface BuildFigure {
  readonly lines: number;
  readonly plain: Measured;
  readonly full: Measured;
  readonly nextDay: Measured;
}

/**
 * Three years of history: plain DuckDB running the same models, the product's full build, and one new day on top of it,
 * each in a process of its own.
 */
export async function benchBuild(history: History, repeats: number): Promise<BuildFigure> {
  const work = join(tmpdir(), `tidemark-bench-build-${process.pid}-${history.lines}`);
  const lake = join(work, 'lake');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(lake, { recursive: true });
  try {
    await writeHistory(lake, history);
    const plain: Measured[] = [];
    const full: Measured[] = [];
    for (let run = 0; run < repeats; run++) {
      for (const built of ['marts', 'releases']) rmSync(join(lake, built), { recursive: true, force: true });
      plain.push(await measure(script('plain-build.ts'), [lake, join(work, 'spill')]));
      full.push(await measure(script('product-build.ts'), [lake, 'full']));
    }
    await writeNextDay(lake, history);
    const nextDay: Measured[] = [];
    for (let run = 0; run < repeats; run++) {
      const copy = join(work, 'copy');
      rmSync(copy, { recursive: true, force: true });
      mkdirSync(copy);
      for (const name of ['receipts', 'releases', 'marts']) {
        if (existsSync(join(lake, name))) cpSync(join(lake, name), join(copy, name), { recursive: true });
      }
      // Staged files are large and only read; links stand in for them.
      cpSync(join(lake, 'staged'), join(copy, 'staged'), { recursive: true, mode: 2 });
      for (const name of copyOfSwaps(lake)) cpSync(join(lake, name), join(copy, name), { recursive: true });
      nextDay.push(await measure(script('product-build.ts'), [copy, 'changed']));
    }
    return { lines: history.lines, plain: median(plain), full: median(full), nextDay: median(nextDay) };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Where a folder lake keeps the versions of swapped objects. */
function copyOfSwaps(lake: string): string[] {
  return ['.versions'].filter((name) => existsSync(join(lake, name)));
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
