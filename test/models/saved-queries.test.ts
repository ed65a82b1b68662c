import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDefinitions } from '../../pipelines/definitions.ts';
import { createDuckDbWarehouse } from '../../pipelines/warehouse/duckdb-warehouse.ts';
import { ModelDatabase } from './model-database.ts';

const definitions = loadDefinitions();
const queries = [...definitions.queries.values()].map((query) => [query.query, query] as const);
let database: ModelDatabase;

beforeAll(async () => {
  database = await ModelDatabase.open(definitions);
  await database.give({});
});
afterAll(() => database.close());

it.each(queries)('%s reads marts and nothing else, and runs', async (name, { sql }) => {
  const warehouse = createDuckDbWarehouse({ localPath: async (key) => key });
  const read = (await warehouse.relationsIn(new Map([[name, sql]]))).get(name) ?? [];
  expect(read.filter((relation) => definitions.models.get(relation)?.layer !== 'marts')).toEqual([]);
  expect(read.length).toBeGreaterThan(0);
  expect(await database.rows(sql)).toEqual([]);
});
