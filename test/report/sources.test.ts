import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { createEvidencePages } from '../../pipelines/report/evidence-pages.ts';

const project = fileURLToPath(new URL('../../reports', import.meta.url));
const sources = await createEvidencePages(project).sources();
const { models } = loadDefinitions();

/** Tables that the refresh adds from elsewhere than marts. */
const addedTables = [
  'kpis',
  'warnings',
  'warning_figures',
  'warnings_weekly',
  'rule_reviews',
  'mark_proposals',
  'runbooks',
];
const tables = [...sources.map((source) => source.name), ...addedTables];

interface PageQuery {
  readonly page: string;
  readonly name: string;
  readonly sql: string;
}

const pageQueries: readonly PageQuery[] = readdirSync(join(project, 'pages'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .flatMap((file) => {
    const text = readFileSync(join(project, 'pages', file), 'utf8');
    return [...text.matchAll(/```sql (\w+)\n(.*?)```/gs)].map(([, name = '', sql = '']) => ({
      page: file,
      name,
      sql: sql.replace(/\$\{[^}]*\}/g, 'zh'),
    }));
  });

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

type Node = Readonly<Record<string, unknown>>;

/** Every node of the syntax tree, as DuckDB reads the select. */
async function syntaxNodes(sql: string): Promise<Node[]> {
  const reader = await connection.runAndReadAll('select json_serialize_sql($1::varchar) as tree', [sql]);
  const tree = JSON.parse(String(reader.getRowObjects()[0]?.['tree'])) as { error: boolean; error_message?: string };
  if (tree.error) throw new Error(`${tree.error_message}: ${sql}`);
  return nodesBelow(tree);
}

function nodesBelow(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesBelow);
  if (value === null || typeof value !== 'object') return [];
  return [value as Node, ...Object.values(value).flatMap(nodesBelow)];
}

const functionsOf = (nodes: readonly Node[]) =>
  nodes.filter((node) => node['class'] === 'FUNCTION').map((node) => String(node['function_name']));
const tablesOf = (nodes: readonly Node[]) =>
  nodes.filter((node) => node['type'] === 'BASE_TABLE').map((node) => String(node['table_name']));
const numbersOf = (nodes: readonly Node[]) =>
  nodes
    .filter((node) => node['class'] === 'CONSTANT')
    .map((node) => node['value'] as { type: { id: string }; is_null: boolean; value: unknown })
    .filter((constant) => !constant.is_null && /INT|DECIMAL|DOUBLE/.test(constant.type.id));

describe('the sources of the report', () => {
  it.each(sources.map((source) => [source.name, source.sql]))(
    '%s only picks columns of one public mart',
    async (_, sql) => {
      const nodes = await syntaxNodes(sql);
      const [mart = '', ...others] = tablesOf(nodes);
      const model = models.get(mart);
      expect(others).toEqual([]);
      expect(model?.layer, `${mart} is a mart`).toBe('marts');
      expect(functionsOf(nodes)).toEqual([]);
      const columns = nodes
        .filter((node) => node['class'] === 'COLUMN_REF')
        .map((node) => (node['column_names'] as string[]).at(-1));
      expect(model?.columns.map((column) => column.name)).toEqual(expect.arrayContaining(columns));
    },
  );
});

describe('the queries of the pages', () => {
  it('are found', () => {
    expect(pageQueries.length).toBeGreaterThan(40);
  });

  it.each(pageQueries.map((query) => [query.page, query.name, query.sql]))(
    '%s %s does no arithmetic and knows no threshold',
    async (_, __, sql) => {
      const nodes = await syntaxNodes(sql);
      expect(tables).toEqual(expect.arrayContaining(tablesOf(nodes)));
      // `max(case …)` turns KPI rows into columns; the rest is about text.
      expect(['max', '||', 'substr', 'coalesce']).toEqual(expect.arrayContaining(functionsOf(nodes)));
      // Positions for ordering and for cutting a month out of a date, nothing that a value is held against.
      for (const { value } of numbersOf(nodes)) expect([0, 1, 2, 3, 4, 7, 10]).toContain(value);
      const compared = nodes.filter(
        (node) =>
          node['class'] === 'COMPARISON' && !['COMPARE_EQUAL', 'COMPARE_NOTEQUAL'].includes(String(node['type'])),
      );
      expect(compared).toEqual([]);
    },
  );
});
