import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFolderLake } from '../../pipelines/lake/folder-lake.ts';
import { suppress } from '../../pipelines/steps/suppressions.ts';
import { ingestCases, script } from './ingest.ts';
import { type Measured, measure } from './measured-process.ts';

/** Ingest of a file into a lake from which somebody was erased whom the file does not name, and into one from which nobody was. */
export interface ErasedFigure {
  readonly name: string;
  readonly nobody: Measured;
  readonly somebody: Measured;
}

/** What it costs that somebody was erased. */
export async function benchErased(lines: number): Promise<ErasedFigure[]> {
  const figures: ErasedFigure[] = [];
  for (const { name, file, source } of await ingestCases(lines)) {
    const nobody = await ingestInto([], file, source);
    figures.push({ name, nobody, somebody: await ingestInto(['0', '1'], file, source) });
  }
  return figures;
}

async function ingestInto(persons: readonly string[], file: string, source: string): Promise<Measured> {
  const lake = join(mkdtempSync(join(tmpdir(), 'tidemark-bench-')), 'lake');
  mkdirSync(lake);
  const refs = persons.map((letter) => `p1_${letter.repeat(32)}`);
  if (refs.length > 0) await suppress(createFolderLake(lake), refs);
  const measured = await measure(script('product-ingest.ts'), [file, lake, source]);
  rmSync(lake, { recursive: true, force: true });
  return measured;
}
