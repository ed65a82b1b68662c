import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import { UsageError, WarehouseError } from '../domain/errors.ts';
import type { ModelDefinition } from '../domain/model.ts';
import type { TracedCells } from './build-session.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { requireSelectOverMarts } from './query-guard.ts';
import { readSyntax } from './relation-names.ts';
import { toQueryResult } from './result-values.ts';
import { withoutSemicolon } from './staged-sql.ts';
import type { Row } from './warehouse.ts';

/**
 * Finds the records behind the cells of a mart for which a condition holds, and adds them up beside the cells. The session
 * has every relation under its name.
 */
export async function traceCells(engine: DuckDbEngine, mart: ModelDefinition, condition: string): Promise<TracedCells> {
  const name = quotedIdentifier(mart.model);
  await requireCondition(engine, mart, condition);
  const grain = mart.grain.map(quotedIdentifier);
  const sameCell = grain.map((column) => `records.${column} is not distinct from cells.${column}`).join(' and ');
  await engine.run(`create or replace temp table cells as select * from ${name} where (${condition}\n)`);
  await engine.run(
    `create or replace temp table records as
     select ${grain.map((column) => `records.${column}`).join(', ')}, _export, _line, measure, amount
     from (${withoutSemicolon(mart.trace ?? '')}\n) as records semi join cells on ${sameCell}`,
  );
  const gaps = await readGaps(engine, mart, sameCell.replaceAll('records.', 'gaps.'));
  const records = await read(engine, `from records order by measure, ${grain.join(', ')}, _export, _line`);
  const measures = records.length === 0 ? [] : await measuresOf(engine, mart, 'records');
  const sums = measures.length === 0 ? [] : await addUp(engine, grain, measures);
  const named = (row: Row): string => JSON.stringify([...mart.grain, 'measure'].map((column) => String(row[column])));
  const without = new Set(gaps.map(named));
  return { records, sums: sums.filter((row) => !without.has(named(row))), gaps };
}

/** Cells of which no record has a share, with what the mart states. */
async function readGaps(engine: DuckDbEngine, mart: ModelDefinition, sameCell: string): Promise<Row[]> {
  if (mart.trace_gaps === undefined) return [];
  await engine.run(
    `create or replace temp table gaps as from (${withoutSemicolon(mart.trace_gaps)}\n) as gaps semi join cells on ${sameCell}`,
  );
  const measures = await measuresOf(engine, mart, 'gaps');
  if (measures.length === 0) return [];
  const stated = measures.map((measure) => `when ${quotedString(measure)} then ${exact(quotedIdentifier(measure))}`);
  const columns = [...mart.grain, 'measure'].map((column) => `gaps.${quotedIdentifier(column)}`).join(', ');
  const cell = `case measure ${stated.join(' ')} end as cell`;
  return await read(engine, `select ${columns}, ${cell} from gaps join cells on ${sameCell} order by all`);
}

async function requireCondition(engine: DuckDbEngine, mart: ModelDefinition, condition: string): Promise<void> {
  const sql = `select 1 from ${quotedIdentifier(mart.model)} where (${condition}\n)`;
  try {
    // Only an expression stands with parentheses and without; a text that closes ours to go on does not.
    await readSyntax(engine, `select ${condition}\n`);
    await readSyntax(engine, `select (${condition}\n)`);
    await requireSelectOverMarts(engine, sql, [mart.model]);
    await engine.rows(`${sql} limit 0`);
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    throw new UsageError(`the condition cannot be read: ${error.message}`, {
      where: '--where',
      next: `write a condition over ${mart.columns.map((column) => column.name).join(', ')}`,
      cause: error,
    });
  }
}

async function measuresOf(engine: DuckDbEngine, mart: ModelDefinition, relation: string): Promise<string[]> {
  const rows = await engine.rows(`select distinct measure from ${relation} order by measure`);
  const measures = rows.map((row) => String(row['measure']));
  const strange = measures.find((measure) => !mart.columns.some((column) => column.name === measure));
  if (strange === undefined) return measures;
  throw new WarehouseError(`the trace of ${mart.model} answers "${strange}", which is none of its columns`, {
    where: mart.file,
    next: 'mend `trace` in the YAML of the mart',
  });
}

/** As many digits as any measure has. */
function exact(column: string): string {
  return `cast(${column} as decimal(38, 6))`;
}

async function addUp(engine: DuckDbEngine, grain: readonly string[], measures: readonly string[]): Promise<Row[]> {
  const cells = measures.map(
    (measure) =>
      `select ${grain.join(', ')}, ${quotedString(measure)} as measure, ${exact(quotedIdentifier(measure))} as cell from cells`,
  );
  return await read(
    engine,
    `with stated as (${cells.join(' union all ')}),
     traced as (
       select ${grain.join(', ')}, measure, ${exact('sum(amount)')} as traced from records group by ${grain.join(', ')}, measure
     )
     select ${grain.map((column) => `stated.${column}`).join(', ')}, stated.measure, coalesce(stated.cell, 0) as cell,
       coalesce(traced.traced, 0) as traced
     from stated left join traced on stated.measure = traced.measure
       and ${grain.map((column) => `stated.${column} is not distinct from traced.${column}`).join(' and ')}
     order by all`,
  );
}

async function read(engine: DuckDbEngine, sql: string): Promise<Row[]> {
  return [...toQueryResult(await engine.connection.runAndReadAll(sql)).rows];
}
