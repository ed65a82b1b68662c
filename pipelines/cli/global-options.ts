import { type Command, Option } from 'commander';
import { UsageError } from '../domain/errors.ts';
import { type Language, languages } from '../domain/text.ts';

/** What every command understands. */
export interface GlobalOptions {
  readonly lake: string;
  readonly catalogs: readonly string[];
  readonly engine: 'duckdb' | 'athena' | 'auto';
  readonly language: Language;
  readonly json: boolean;
  readonly reportingCurrency: string;
  /** What the embedded engine may hold; absent: its own share of the machine. */
  readonly memoryLimit?: string;
  /** The clock: an instant handed in by `--now`, or the machine's. */
  readonly now: () => Date;
}

export function addGlobalOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON document (or NDJSON) on standard output; progress stays on standard error', false)
    .option('--lake <dir>', 'the lake: a folder or s3://bucket/prefix', process.env['TIDEMARK_LAKE'] ?? '.lake')
    .option('--catalog <dir>', 'overlay on the catalog: your own contracts, KPIs, thresholds (repeatable)', collect, [])
    .addOption(
      new Option('--engine <engine>', 'who runs the SQL').choices(['duckdb', 'athena', 'auto']).default('duckdb'),
    )
    .addOption(
      new Option('--lang <language>', 'language of what people read').choices([...languages]).default(spoken()),
    )
    .option('--now <instant>', 'the clock, as an ISO instant (for repeatable runs)');
}

/** As `addGlobalOptions` names them. */
export const globalNames: ReadonlySet<string> = new Set(['json', 'lake', 'catalog', 'engine', 'lang', 'now']);

/** Reads the global options of a parsed command. */
export function globalOptions(command: Command): GlobalOptions {
  const raw = command.optsWithGlobals<Record<string, unknown>>();
  return {
    lake: String(raw['lake']),
    catalogs: raw['catalog'] as string[],
    engine: raw['engine'] as GlobalOptions['engine'],
    language: raw['lang'] as Language,
    json: raw['json'] === true,
    reportingCurrency: process.env['TIDEMARK_REPORTING_CURRENCY'] ?? 'CNY',
    ...memoryLimit(process.env['TIDEMARK_MEMORY_LIMIT']),
    now: clock(raw['now'] as string | undefined),
  };
}

function clock(instant: string | undefined): () => Date {
  if (instant === undefined) return () => new Date();
  const fixed = new Date(instant);
  if (Number.isNaN(fixed.getTime()) || !/^\d{4}-\d{2}-\d{2}/.test(instant)) {
    throw new UsageError(`--now wants an ISO instant, got "${instant}"`, { next: 'write it as 2026-11-23T08:00:00Z' });
  }
  return () => new Date(fixed);
}

function memoryLimit(limit: string | undefined): { memoryLimit?: string } {
  if (limit === undefined) return {};
  if (!/^\d+(?:\.\d+)? ?[MG]i?B$/.test(limit)) {
    throw new UsageError(`TIDEMARK_MEMORY_LIMIT wants a size, got "${limit}"`, { next: 'write it as 8GB or 512MB' });
  }
  return { memoryLimit: limit };
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

/** The language of a command line that may not have been parsed: also its failures are told in it. */
export function spokenIn(argv: readonly string[]): Language {
  const at = argv.lastIndexOf('--lang');
  const named = at < 0 ? argv.findLast((word) => word.startsWith('--lang='))?.slice(7) : argv[at + 1];
  return languages.find((language) => language === named) ?? spoken();
}

function spoken(): Language {
  return (process.env['LC_ALL'] ?? process.env['LANG'] ?? '').startsWith('zh') ? 'zh' : 'en';
}
