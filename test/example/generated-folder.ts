import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { openExportFolder } from '../../pipelines/example/export-folder.ts';
import type { Order } from '../../pipelines/example/orders.ts';
import {
  type GeneratedExports,
  type GenerateOptions,
  generateExports,
} from '../../pipelines/steps/generate-exports.ts';

export interface GeneratedFolder {
  readonly folder: string;
  readonly result: GeneratedExports;
}

export async function generateInto(
  options: GenerateOptions,
  onOrder?: (order: Order) => void,
): Promise<GeneratedFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-example-'));
  const result = await generateExports(options, { folder: openExportFolder(folder), ...(onOrder ? { onOrder } : {}) });
  return { folder, result };
}

/** Removes what was generated; the folders of one run hold some hundred megabytes. */
export function discard({ folder }: GeneratedFolder): void {
  rmSync(folder, { recursive: true, force: true });
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.'))
    .sort();
}

/** One hash over names and bytes of everything in a folder. */
export function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of filesIn(folder)) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

/** Rows of all files whose name begins so, in name order, read by a parser that is not the product's. */
export function rowsOf(folder: string, prefix: string, encoding = 'utf-8'): Record<string, string>[] {
  const names = filesIn(folder).filter((name) => name.startsWith(prefix) && !name.includes('_副本'));
  return names.flatMap((name) => rowsOfFile(folder, name, encoding));
}

export function rowsOfFile(folder: string, name: string, encoding = 'utf-8'): Record<string, string>[] {
  const text = new TextDecoder(encoding, { fatal: true }).decode(readFileSync(join(folder, name)));
  const table = text.replace(/^(#.*\n)+/, '');
  const parsed = Papa.parse<Record<string, string>>(table, { header: true, skipEmptyLines: true });
  if (parsed.errors.length > 0) throw new Error(`${name}: ${JSON.stringify(parsed.errors[0])}`);
  return parsed.data;
}
