import { WarehouseError } from '../domain/errors.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';

/** Table functions that make rows of their arguments and read nothing else. */
const harmlessFunctions = new Set(['unnest', 'sequence', 'generate_series', 'range']);

/** What a select names. */
export interface SyntaxFacts {
  /** Relations in name order, its own common table expressions left out. */
  readonly relations: readonly string[];
  /** Functions that it calls, table functions included, in name order. */
  readonly functions: readonly string[];
}

/**
 * Reads the parser's tree: DuckDB's `getTableNames` answers nothing, without an error, for text that it cannot parse.
 * @param schema the one that relations may be qualified with; without it, none.
 * @throws WarehouseError where the text is not one select over relations of that schema.
 */
export async function readSyntax(engine: DuckDbEngine, sql: string, schema?: string): Promise<SyntaxFacts> {
  const [answer] = await engine.rows('select cast(json_serialize_sql(cast(? as varchar)) as varchar) as tree', [sql]);
  const tree = JSON.parse(String(answer?.['tree'])) as SyntaxTree;
  if (tree.error) throw new WarehouseError(tree.error_message ?? 'cannot be parsed');
  if (tree.statements?.length !== 1) throw new WarehouseError('expected exactly one select statement');
  const found: Found = { relations: new Set(), functions: new Set(), schema };
  collect(tree.statements[0], new Set(), found);
  return { relations: [...found.relations].sort(), functions: [...found.functions].sort() };
}

interface Found {
  readonly schema: string | undefined;
  readonly relations: Set<string>;
  readonly functions: Set<string>;
}

interface SyntaxTree {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

interface TreeNode {
  readonly class?: string;
  readonly type?: string;
  readonly function_name?: string;
  readonly table_name?: string;
  readonly catalog_name?: string;
  readonly schema_name?: string;
  readonly function?: { readonly function_name?: string };
  readonly cte_map?: { readonly map: readonly { readonly key: string; readonly value: { readonly query: unknown } }[] };
}

function collect(value: unknown, hidden: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(value)) for (const item of value) collect(item, hidden, found);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return;
  const { cte_map: ctes, ...node } = value as TreeNode;
  noteRelation(node, hidden, found);
  const within = ctes ? collectExpressions(ctes.map, hidden, found) : hidden;
  for (const child of Object.values(node)) collect(child, within, found);
}

/** A common table expression hides a relation of its name from those after it, not from its own text. */
function collectExpressions(
  expressions: NonNullable<TreeNode['cte_map']>['map'],
  hidden: ReadonlySet<string>,
  found: Found,
): ReadonlySet<string> {
  const within = new Set(hidden);
  for (const { key, value } of expressions) {
    const isRecursive = JSON.stringify(value).includes('"RECURSIVE_CTE_NODE"');
    collect(value.query, isRecursive ? new Set([...within, key.toLowerCase()]) : within, found);
    within.add(key.toLowerCase());
  }
  return within;
}

function noteRelation(node: TreeNode, hidden: ReadonlySet<string>, found: Found): void {
  if (node.type === 'TABLE_FUNCTION' && !harmlessFunctions.has(node.function?.function_name ?? '')) {
    throw new WarehouseError(`the table function ${node.function?.function_name} may not be called`);
  }
  if (node.class === 'FUNCTION' && node.function_name !== undefined)
    found.functions.add(node.function_name.toLowerCase());
  if (node.type !== 'BASE_TABLE' || node.table_name === undefined) return;
  if ((node.schema_name && node.schema_name.toLowerCase() !== found.schema) || node.catalog_name)
    throw new WarehouseError(`write ${node.table_name} without the schema ${node.schema_name}`);
  const name = node.table_name.toLowerCase();
  if (node.schema_name || !hidden.has(name)) found.relations.add(name);
}
