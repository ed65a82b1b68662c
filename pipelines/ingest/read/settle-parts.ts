import { rename } from 'node:fs/promises';
import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import type { Dataset } from '../../domain/dataset.ts';
import type { WrittenPart } from '../ingest.ts';
import type { OutputPlan } from '../plan/contract-plan.ts';
import type { EngineSession } from './engine.ts';
import { writePart } from './part-writer.ts';

/**
 * Makes keys unique over the whole file. Chunks number equal rows on their own; where one key stands in two chunks, all its
 * rows are numbered again in file order. Rare, so it is looked for once at the end and only the parts concerned are rewritten.
 */
export async function settleKeys(
  session: EngineSession,
  parts: readonly WrittenPart[],
  { dataset, madeKey }: OutputPlan,
): Promise<WrittenPart[]> {
  if (madeKey === undefined || parts.length < 2) return [...parts];
  const made = quotedIdentifier(madeKey);
  const others = dataset.key.filter((name) => name !== madeKey).map((name) => quotedIdentifier(name));
  const natural = `regexp_replace(${made}, '#[0-9]+$', '')`;
  const order = `hash(${others.join(', ')})`;
  if (!(await findSpread(session, parts, order))) return [...parts];
  const all = `(select * from ${relation(parts)} where ${order} in (select k from spread))`;
  await session.run(
    `create or replace temp table renumbered as
      with torn as (select hash(${[...others, made].join(', ')}) as k from ${all} group by 1 having count(*) > 1),
      keys as (select distinct hash(${[...others, natural].join(', ')}) as k from ${all} where hash(${[...others, made].join(', ')}) in (select k from torn))
      select _line, ${natural} || '#' || row_number() over (partition by ${[...others, natural].join(', ')} order by _line) as made
      from ${all} where hash(${[...others, natural].join(', ')}) in (select k from keys)`,
  );
  const changed = (part: string): string =>
    `select t.* replace (coalesce(r.made, t.${made}) as ${made}) from ${part} as t left join renumbered as r on r._line = t._line`;
  return await rewrite(session, parts, { dataset, table: 'renumbered', changed });
}

/** So many rows are grouped at once at most: what the engine holds for them stays below 100 MB. */
const rowsAtOnce = 2_000_000;

/**
 * Writes what keys are numbered within (orders) and stands in more than one part into the table `spread`, by its hash: few, as
 * an order's lines nearly always stand together. Answers whether there is any.
 */
async function findSpread(session: EngineSession, parts: readonly WrittenPart[], order: string): Promise<boolean> {
  const shares = Math.ceil(parts.reduce((sum, { rows }) => sum + rows, 0) / rowsAtOnce);
  await session.run('create or replace temp table spread (k ubigint)');
  for (let share = 0; share < shares; share += 1) {
    const orders = `select distinct file_index, ${order} as k from ${relation(parts)} where ${order} % ${shares} = ${share}`;
    await session.run(`insert into spread select k from (${orders}) group by k having count(*) > 1`);
  }
  return (await session.rows('select 1 from spread limit 1')).length > 0;
}

/**
 * Counts rows that earlier files have delivered. They are staged like the others: the build settles which of them holds,
 * so that a row stays when the file that delivered it first is read again or goes.
 */
export async function countRepeats(
  session: EngineSession,
  parts: readonly WrittenPart[],
  { dataset }: OutputPlan,
  earlier: readonly string[],
): Promise<number> {
  if (earlier.length === 0 || parts.length === 0) return 0;
  const key = dataset.key.map((name) => quotedIdentifier(name)).join(', ');
  const [[count] = []] = await session.rows(
    `select count(*) from ${relation(parts)} where (${key}) in (select (${key}) from ${files(earlier)})`,
  );
  return Number(count ?? 0);
}

interface Rewrite {
  readonly dataset: Dataset;
  /** Temporary table of the `_line`s concerned. */
  readonly table: string;
  changed(part: string): string;
}

async function rewrite(
  session: EngineSession,
  parts: readonly WrittenPart[],
  { dataset, table, changed }: Rewrite,
): Promise<WrittenPart[]> {
  const settled: WrittenPart[] = [];
  for (const part of parts) {
    const source = files([part.path]);
    const [[touched] = []] = await session.rows(
      `select count(*) from ${source} where _line in (select _line from ${table})`,
    );
    if (Number(touched ?? 0) === 0) {
      settled.push(part);
      continue;
    }
    const draft = `${part.path}.settled`;
    const written = await writePart(session, changed(source), draft, dataset);
    if (written === undefined) continue;
    await rename(draft, part.path);
    settled.push({ ...written, path: part.path });
  }
  return settled;
}

function relation(parts: readonly WrittenPart[]): string {
  return files(parts.map(({ path }) => path));
}

function files(paths: readonly string[]): string {
  return `read_parquet([${paths.map((path) => quotedString(path)).join(', ')}])`;
}
