import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Definitions, loadDefinitions } from './definitions.ts';
import type { Language } from './domain/text.ts';
import { openExportFolder } from './example/export-folder.ts';
import { createFolderLake } from './lake/folder-lake.ts';
import type { Lake } from './lake/lake.ts';
import { type GeneratedExports, type GenerateOptions, generateExports } from './steps/generate-exports.ts';

/** Everything that differs between a laptop, Lambda and scale. */
export interface Settings {
  /** A folder, or s3://bucket/prefix. */
  readonly lake: string;
  /** Overlays on the built-in catalog, later ones on top. */
  readonly catalogs: readonly string[];
  readonly engine: 'duckdb' | 'athena' | 'auto';
  readonly language: Language;
  readonly now: () => Date;
}

/** The steps with real adapters behind them. Everything is made on first use, so a command pays only for what it needs. */
export interface Tidemark {
  readonly settings: Settings;
  readonly definitions: Definitions;
  readonly lake: Lake;
  /** Writes the example exports into a folder; `onProgress` is told the share done. */
  generate(folder: string, options: GenerateOptions, onProgress: (done: number) => void): Promise<GeneratedExports>;
}

/** Where a laptop keeps the key behind its pseudonyms: outside every lake, so that a copied lake names nobody. */
export function pseudonymKeyFile(): string {
  const configuration = process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return join(configuration, 'tidemark', 'pseudonym.key');
}

/** The only place that chooses adapters. */
export function compose(settings: Settings): Tidemark {
  let definitions: Definitions | undefined;
  let lake: Lake | undefined;
  return {
    settings,
    get definitions() {
      definitions ??= loadDefinitions(settings.catalogs);
      return definitions;
    },
    get lake() {
      lake ??= createFolderLake(settings.lake);
      return lake;
    },
    generate: (folder, options, onProgress) =>
      generateExports(options, { folder: openExportFolder(folder), onProgress }),
  };
}
