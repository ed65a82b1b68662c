import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Tidemark } from '../../compose.ts';
import { UsageError } from '../../domain/errors.ts';
import { type CommandContext, runs } from '../run-command.ts';
import { bigintAsText, type Terminal } from '../terminal.ts';

interface SqlFlags {
  readonly format?: 'table' | 'csv' | 'json' | 'parquet';
  readonly out?: string;
}

/** `sql`: one query on the current release. */
export function addSqlCommand(program: Command): void {
  const command = program
    .command('sql')
    .argument('<query>', 'one select over the marts')
    .description('one query on the current release; it reads marts and nothing else, and writes nothing')
    .addOption(
      new Option('--format <format>', 'default: table, or json under --json').choices([
        'table',
        'csv',
        'json',
        'parquet',
      ]),
    )
    .option('--out <file>', 'write csv or parquet to a file instead of standard output')
    .addHelpText(
      'after',
      `
Examples:
  tidemark sql "select business_date, channel_id, net_sales from sales_daily order by 1 desc, 2 limit 20"
  tidemark sql "select * from kpi_monthly where kpi_id = 'aov'" --format csv --out aov.csv
  tidemark sql "show tables"   lists the marts`,
    );
  runs<[string], SqlFlags>(command, runQuery);
}

async function runQuery({ tidemark, terminal }: CommandContext, flags: SqlFlags, query: string): Promise<number> {
  const format = flags.format ?? (terminal.json ? 'json' : 'table');
  if (flags.out !== undefined && !isFile(format)) {
    throw new UsageError(`--out takes csv or parquet, not ${format}`, { next: 'add --format csv' });
  }
  const session = await tidemark.openRelease();
  try {
    if (isFile(format)) {
      terminal.raw(await exported(flags.out, format, (file) => session.exportTo(query, file, format)));
    } else {
      print(isListing(query) ? martsOf(tidemark) : (await session.query(query)).rows, format, terminal);
    }
    return 0;
  } finally {
    await session.close();
  }
}

function isFile(format: string): format is 'csv' | 'parquet' {
  return format === 'csv' || format === 'parquet';
}

function print(rows: readonly Readonly<Record<string, unknown>>[], format: 'table' | 'json', terminal: Terminal): void {
  if (format === 'json') terminal.raw(`${JSON.stringify(rows, bigintAsText)}\n`);
  else terminal.table(rows);
}

/** Writes to the file asked for, or gives the bytes for standard output. */
async function exported(
  out: string | undefined,
  format: string,
  write: (file: string) => Promise<void>,
): Promise<Uint8Array> {
  if (out !== undefined) {
    await write(out);
    return new Uint8Array();
  }
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-sql-'));
  try {
    const file = join(folder, `result.${format}`);
    await write(file);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Analysts type it by habit; the locked session itself takes selects only. */
function isListing(query: string): boolean {
  return /^\s*show\s+tables\s*;?\s*$/i.test(query);
}

function martsOf({ definitions, settings }: Tidemark) {
  return [...definitions.models.values()]
    .filter((model) => model.layer === 'marts')
    .map((model) => ({ mart: model.model, grain: model.grain.join(', '), what: model.description[settings.language] }));
}
