import { WarehouseError } from '../domain/errors.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { readSyntax, type SyntaxFacts } from './relation-names.ts';

/** Where the marts of a release lie; a query may name it or not. */
export const martSchema = 'marts';

/** Functions that answer what the machine is like, or that leave something behind. */
const forbiddenFunctions = new Set(['current_setting', 'getenv', 'getvariable', 'write_log', 'nextval', 'setseed']);

/**
 * Lets a text through only if it is one select over marts. The engine is locked as well; this guard gives the clearer
 * answer, and keeps catalog functions (settings, paths, other schemas) out of reach.
 * @throws WarehouseError saying what may be asked.
 */
export async function requireSelectOverMarts(
  engine: DuckDbEngine,
  sql: string,
  marts: readonly string[],
): Promise<void> {
  const facts = await syntaxOf(engine, sql);
  const unknown = facts.relations.find((name) => !marts.includes(name));
  if (unknown !== undefined) {
    throw new WarehouseError(`there is no mart "${unknown}"`, { next: `choose from: ${marts.join(', ')}` });
  }
  const forbidden = facts.functions.find((name) => forbiddenFunctions.has(name));
  if (forbidden !== undefined) {
    throw new WarehouseError(`the function ${forbidden} may not be called: a query reads marts and nothing else`);
  }
}

async function syntaxOf(engine: DuckDbEngine, sql: string): Promise<SyntaxFacts> {
  try {
    return await readSyntax(engine, sql, martSchema);
  } catch (error) {
    if (!(error instanceof WarehouseError)) throw error;
    throw new WarehouseError(`not one select statement over marts: ${error.message}`, {
      next: 'tidemark sql "select … from sales_daily"',
      cause: error,
    });
  }
}
